/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/error.h>
#include <base/log.h>
#include <base/text.h>
#include <stdarg.h>
#include <stdio.h>

const char *
acti_log_level_name(enum acti_log_level level)
{
	switch (level) {
	case ACTI_LOG_ERROR:
		return "error";
	case ACTI_LOG_WARNING:
		return "warning";
	case ACTI_LOG_INFO:
		return "info";
	case ACTI_LOG_DEBUG:
		return "debug";
	}
	return "<unknown>";
}

size_t
acti_log_format_list(char line[static ACTI_LOG_LINE_SIZE], const struct actor_uid *uid, enum acti_log_level level,
                     const char *format, __builtin_va_list arguments)
{
	struct acti_text text;
	char name[ACTI_UID_TEXT_SIZE];
	char foreign[ACTI_LOG_LINE_SIZE];

	vsnprintf(foreign, sizeof foreign, format, arguments);
	acti_text_init(&text, line, ACTI_LOG_LINE_SIZE - 1);
	acti_text_add(&text, "actor[");
	acti_text_add_escaped(&text, acti_uid_text(uid, name));
	acti_text_add(&text, "] %s: ", acti_log_level_name(level));
	acti_text_add_escaped(&text, foreign);
	line[text.used] = '\n';
	line[text.used + 1] = '\0';
	return text.used + 1;
}

size_t
acti_log_format(char line[static ACTI_LOG_LINE_SIZE], const struct actor_uid *uid, enum acti_log_level level,
                const char *format, ...)
{
	va_list arguments;
	size_t size;

	va_start(arguments, format);
	size = acti_log_format_list(line, uid, level, format, arguments);
	va_end(arguments);
	return size;
}

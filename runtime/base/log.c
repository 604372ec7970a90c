/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/error.h>
#include <base/log.h>
#include <base/text.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

enum actor_log_level
acti_log_level_of(const char *name)
{
	for (int level = ACTOR_LOG_ERROR; level <= ACTOR_LOG_DEBUG; level++)
		if (strcmp(name, acti_log_level_name((enum acti_log_level)level)) == 0)
			return (enum actor_log_level)level;
	return ACTOR_LOG_DEFAULT;
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

/* One byte is kept for the line's end. */
static void
append(char *line, size_t size, size_t *used, const char *piece)
{
	while (*piece != '\0' && *used + 1 < size)
		line[(*used)++] = *piece++;
}

size_t
acti_log_join(char *line, size_t size, const struct actor_uid *uid, enum acti_log_level level,
              const char *const pieces[])
{
	static const char digits[] = "0123456789abcdef";
	char id[10] = "@";
	size_t used = 0;

	for (size_t i = 0; i < 4; i++) {
		id[1 + 2 * i] = digits[uid->uuid[i] >> 4];
		id[2 + 2 * i] = digits[uid->uuid[i] & 15];
	}
	append(line, size, &used, "actor[");
	append(line, size, &used, uid->name);
	append(line, size, &used, id);
	append(line, size, &used, "] ");
	append(line, size, &used, acti_log_level_name(level));
	append(line, size, &used, ": ");
	for (size_t i = 0; pieces[i] != NULL; i++)
		append(line, size, &used, pieces[i]);
	line[used++] = '\n';
	return used;
}

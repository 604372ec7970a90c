/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <string.h>

/* clang-format off */

static const char *const keywords[] = {
	/* C11, with what gcc adds in its default mode */
	"asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
	"extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short",
	"signed", "sizeof", "static", "struct", "switch", "typedef", "typeof", "union", "unsigned", "void",
	"volatile", "while",
	/* C++20 */
	"alignas", "alignof", "and", "and_eq", "bitand", "bitor", "bool", "catch", "char8_t", "char16_t", "char32_t",
	"class", "co_await", "co_return", "co_yield", "compl", "concept", "const_cast", "consteval", "constexpr",
	"constinit", "decltype", "delete", "dynamic_cast", "explicit", "export", "false", "friend", "mutable",
	"namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected",
	"public", "reinterpret_cast", "requires", "static_assert", "static_cast", "template", "this", "thread_local",
	"throw", "true", "try", "typeid", "typename", "using", "virtual", "wchar_t", "xor", "xor_eq",
};

/* Those that protoc-gen-c puts an underscore behind. */
static const char *const escaped_by_protobuf_c[] = {
	"and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class", "compl",
	"const", "const_cast", "continue", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
	"explicit", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable",
	"namespace", "new", "not", "not_eq", "operator", "or", "or_eq", "private", "protected", "public", "register",
	"reinterpret_cast", "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
	"template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
	"virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
};

/* Macros without parameters, in lower case, of gcc itself and of the headers of a Linux system. */
static const char *const macros[] = {
	"complex", "d_fileno", "errno", "h_addr", "h_errno", "i386", "ifa_broadaddr", "ifa_dstaddr", "ifc_buf",
	"ifc_req", "ifr_addr", "ifr_bandwidth", "ifr_broadaddr", "ifr_data", "ifr_dstaddr", "ifr_flags", "ifr_hwaddr",
	"ifr_ifindex", "ifr_map", "ifr_metric", "ifr_mtu", "ifr_name", "ifr_netmask", "ifr_newname", "ifr_qlen",
	"ifr_slave", "linux", "math_errhandling", "msg_cbytes", "no_argument", "noreturn", "optional_argument",
	"required_argument", "s6_addr", "s6_addr16", "s6_addr32", "sa_handler", "sa_sigaction", "sched_priority",
	"si_addr", "si_addr_lsb", "si_arch", "si_band", "si_call_addr", "si_fd", "si_int", "si_lower", "si_overrun",
	"si_pid", "si_pkey", "si_ptr", "si_status", "si_stime", "si_syscall", "si_timerid", "si_uid", "si_upper",
	"si_utime", "si_value", "sigev_notify_attributes", "sigev_notify_function", "st_atime", "st_ctime",
	"st_mtime", "stderr", "stdin", "stdout", "unix",
};

/* What the emitted functions call their own parameters and variables. */
static const char *const locals[] = {
	"argc", "argv", "context", "error", "module", "name", "nursery", "ops", "options", "rc", "reply", "request",
	"ret_dialog", "ret_reply", "ret_started", "ret_state", "ret_stream", "state", "typed", "value",
};

/* clang-format on */

static bool
is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

#define IS_AMONG(name, names) is_among((name), (names), sizeof(names) / sizeof *(names))

bool
ag_name_is_keyword(const char *name)
{
	return IS_AMONG(name, keywords);
}

bool
ag_name_is_macro(const char *name)
{
	return IS_AMONG(name, macros);
}

/* ASCII only, whatever the locale. */
static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static char
to_lower(char c)
{
	return (char)(is_upper(c) ? c - 'A' + 'a' : c);
}

static char
to_upper(char c)
{
	return (char)(is_lower(c) ? c - 'a' + 'A' : c);
}

/* An underscore before every capital that does not follow another one. */
static char *
separate(struct ag_arena *arena, const char *name, char (*convert)(char))
{
	char *result = ag_alloc(arena, 2 * strlen(name) + 1);
	bool was_upper = true;
	size_t length = 0;

	for (; *name != '\0'; name++) {
		if (is_upper(*name) && !was_upper)
			result[length++] = '_';
		result[length++] = convert(*name);
		was_upper = is_upper(*name);
	}
	return result;
}

char *
ag_name_lower(struct ag_arena *arena, const char *name)
{
	return separate(arena, name, to_lower);
}

char *
ag_name_upper(struct ag_arena *arena, const char *name)
{
	return separate(arena, name, to_upper);
}

char *
ag_name_camel(struct ag_arena *arena, const char *name)
{
	char *result = ag_alloc(arena, strlen(name) + 1);
	bool starts_word = true;
	size_t length = 0;

	for (; *name != '\0'; name++) {
		if (*name != '_')
			result[length++] = starts_word ? to_upper(*name) : *name;
		starts_word = *name == '_';
	}
	return result;
}

/* The full name under the package that C shall see. */
static const char *
c_full_name(struct ag_arena *arena, const struct ag_file *file, const char *full_name)
{
	if (file->c_package == NULL)
		return full_name;
	return ag_format(arena, "%s%s%s", file->c_package, file->package[0] == '\0' ? "." : "",
	                 full_name + strlen(file->package));
}

/* Converts each component, and joins them with `separator`. */
static char *
convert_full_name(struct ag_arena *arena, const char *full_name, const char *separator,
                  char *(*convert)(struct ag_arena *, const char *))
{
	struct ag_buffer result = { .arena = arena };

	while (*full_name != '\0') {
		size_t length = strcspn(full_name, ".");

		if (result.size != 0 && length != 0)
			ag_buffer_add_text(&result, separator);
		ag_buffer_add_text(&result, convert(arena, ag_strndup(arena, full_name, length)));
		full_name += length + (full_name[length] == '.');
	}
	return ag_strdup(arena, ag_buffer_text(&result));
}

char *
ag_name_c_type(struct ag_arena *arena, const struct ag_file *file, const char *full_name)
{
	return convert_full_name(arena, c_full_name(arena, file, full_name), "__", ag_name_camel);
}

char *
ag_name_c_lower(struct ag_arena *arena, const struct ag_file *file, const char *full_name)
{
	return convert_full_name(arena, c_full_name(arena, file, full_name), "__", ag_name_lower);
}

char *
ag_name_c_upper(struct ag_arena *arena, const struct ag_file *file, const char *full_name)
{
	return convert_full_name(arena, c_full_name(arena, file, full_name), "__", ag_name_upper);
}

/* Two underscores in a row are protobuf-c's mark, so ours have one. */
static char *
single_underscores(char *name)
{
	size_t length = 0;

	for (const char *from = name; *from != '\0'; from++)
		if (*from != '_' || length == 0 || name[length - 1] != '_')
			name[length++] = *from;
	name[length] = '\0';
	return name;
}

char *
ag_name_prefix(struct ag_arena *arena, const struct ag_file *file, const char *full_name)
{
	return single_underscores(convert_full_name(arena, c_full_name(arena, file, full_name), "_", ag_name_lower));
}

char *
ag_name_keyword(struct ag_arena *arena, const struct ag_file *file, const char *full_name)
{
	return single_underscores(convert_full_name(arena, c_full_name(arena, file, full_name), "_", ag_name_upper));
}

char *
ag_name_endpoint(struct ag_arena *arena, const char *name)
{
	return single_underscores(ag_name_lower(arena, name));
}

char *
ag_name_symbol(struct ag_arena *arena, const char *prefix, const char *name)
{
	return single_underscores(ag_format(arena, "%s_%s", prefix, name));
}

char *
ag_name_number(struct ag_arena *arena, const char *symbol)
{
	char *number = ag_format(arena, "%s_NUMBER", symbol);

	for (char *c = number; *c != '\0'; c++)
		*c = to_upper(*c);
	return number;
}

char *
ag_name_slot(struct ag_arena *arena, const char *name)
{
	return ag_format(arena, "%s%s", name, ag_name_is_keyword(name) || ag_name_is_macro(name) ? "_" : "");
}

char *
ag_name_parameter(struct ag_arena *arena, const char *service_name)
{
	char *name = ag_name_endpoint(arena, service_name);
	bool taken = IS_AMONG(name, locals) || ag_name_is_keyword(name) || ag_name_is_macro(name);

	return taken ? ag_format(arena, "%s_portal", name) : name;
}

char *
ag_name_member(struct ag_arena *arena, const char *field_name)
{
	char *name = ag_strdup(arena, field_name);

	for (char *c = name; *c != '\0'; c++)
		*c = to_lower(*c);
	return IS_AMONG(name, escaped_by_protobuf_c) ? ag_format(arena, "%s_", name) : name;
}

char *
ag_name_stem(struct ag_arena *arena, const char *file_name)
{
	static const char suffix[] = ".proto";
	size_t length = strlen(file_name);

	if (length >= sizeof suffix - 1 && strcmp(file_name + length - (sizeof suffix - 1), suffix) == 0)
		length -= sizeof suffix - 1;
	return ag_strndup(arena, file_name, length);
}

char *
ag_name_guard(struct ag_arena *arena, const char *stem)
{
	char *guard = ag_format(arena, "ACTOR_GENERATED_%s_H", stem);

	for (char *c = guard; *c != '\0'; c++)
		*c = is_upper(*c) || is_lower(*c) || (*c >= '0' && *c <= '9') ? to_upper(*c) : '_';
	return guard;
}

bool
ag_name_is_c_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return is_lower(name[0]) && name[length] == '\0' && name[length - 1] != '_' && strstr(name, "__") == NULL;
}

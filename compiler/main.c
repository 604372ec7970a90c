/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <unistd.h>

#include "frontend.h"
#include "plugin.h"

/* protoc runs a plugin by its name, or by a path that the user gives, without arguments and with a pipe on stdin. */
static int
is_plugin(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";

	return argc <= 1 && (strncmp(name, "protoc-gen-", strlen("protoc-gen-")) == 0 || !isatty(STDIN_FILENO));
}

int
main(int argc, char **argv)
{
	return is_plugin(argc, argv) ? ag_plugin_main() : ag_frontend_main(argc, argv);
}

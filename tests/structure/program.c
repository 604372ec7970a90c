/* SPDX-License-Identifier: BSD-2-Clause */

/* Linked, never run: a program with libactor in it, for the checks that read its dynamic section. */

#include <actor/program.h>

int
main(int argc, char **argv)
{
	const struct actor_program program = { .modules = NULL, .module_count = 0, .root = NULL };

	return actor_main(argc, argv, &program);
}

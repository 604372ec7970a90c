/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference of the spawn bench, linked statically: takes argv[1] bytes from descriptor 3, gives argv[2] bytes
 * back, and ends.
 */
#include <stdlib.h>
#include <unistd.h>

#define LINK_FD 3
#define BYTES_MAX 4096

int
main(int argc, char **argv)
{
	static char bytes[BYTES_MAX];
	long to_get = argc == 3 ? atol(argv[1]) : -1;
	long to_give = argc == 3 ? atol(argv[2]) : -1;

	if (to_get <= 0 || to_get > BYTES_MAX || to_give <= 0 || to_give > BYTES_MAX)
		return 2;
	while (to_get > 0) {
		ssize_t count = read(LINK_FD, bytes, (size_t)to_get);

		if (count <= 0)
			return 1;
		to_get -= count;
	}
	return write(LINK_FD, bytes, (size_t)to_give) == to_give ? 0 : 1;
}

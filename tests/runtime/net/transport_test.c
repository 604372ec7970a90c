/* SPDX-License-Identifier: BSD-2-Clause */

/* Addresses, and the names of sockets. */

#include <criterion/criterion.h>
#include <net/transport.h>
#include <stdio.h>
#include <string.h>

Test(transport, unix_is_the_one_there_is_and_has_the_first_rank)
{
	const char *place = NULL, *why = "";
	const struct acti_transport *transport = acti_transport_of("unix:/run/a@1.sock", &place, &why);

	cr_assert_not_null(transport);
	cr_assert_str_eq(transport->scheme, "unix");
	cr_assert_eq(transport->rank, 0);
	cr_assert_str_eq(place, "/run/a@1.sock");
	cr_assert_null(why);
}

/* shows: SP-17 */
Test(transport, an_address_of_another_form_is_refused_with_what_is_wrong)
{
	static const struct {
		const char *address, *why;
	} cases[] = {
		{ "", "the one transport there is, is unix" },
		{ "/run/a.sock", "an address is TRANSPORT:PLACE" },
		{ ":/run/a.sock", "the one transport there is, is unix" },
		{ "tcp:127.0.0.1:80", "the one transport there is, is unix" },
		{ "uni:/run/a.sock", "the one transport there is, is unix" },
		{ "unixx:/run/a.sock", "the one transport there is, is unix" },
		{ "UNIX:/run/a.sock", "the one transport there is, is unix" },
		{ "unix:", "an absolute path is wanted" },
		{ "unix:a.sock", "an absolute path is wanted" },
		{ "unix:@abstract", "an absolute path is wanted" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *place, *why = NULL;

		cr_assert_null(acti_transport_of(cases[i].address, &place, &why), "%s", cases[i].address);
		cr_assert_not_null(why);
		cr_assert_not_null(strstr(why, cases[i].why), "%s: %s", cases[i].address, why);
	}
}

/* robustness: J10 */
Test(transport, a_path_has_at_most_107_bytes)
{
	char address[ACTI_ADDRESS_SIZE + 1] = "unix:/";
	const char *place, *why;

	memset(address + 6, 'a', 106);
	address[5 + 107] = '\0';
	cr_assert_not_null(acti_transport_of(address, &place, &why));
	cr_assert_eq(strlen(place), 107);
	address[5 + 107] = 'a';
	address[5 + 108] = '\0';
	cr_assert_null(acti_transport_of(address, &place, &why));
	cr_assert_str_eq(why, "the path of a socket has at most 107 bytes");
}

static void
demand_path(const char *directory, const char *name, pid_t pid, const char *wanted)
{
	char path[ACTI_SOCKET_PATH_SIZE];

	cr_assert(acti_socket_path(path, directory, name, pid), "no path for %s", name);
	cr_assert_str_eq(path, wanted);
}

/* shows: TP-07 */
Test(transport, a_socket_is_called_after_its_actor_and_process)
{
	demand_path("/run/bank", "teller", 1234, "/run/bank/teller@1234.sock");
	demand_path("/", "a", 1, "//a@1.sock");
}

/* Names as long as there can be, in a directory so long that not all of them fits. */
static void
make_long(char *directory, size_t directory_size, char *name, size_t name_size)
{
	memset(directory, 'd', directory_size);
	directory[0] = '/';
	directory[directory_size] = '\0';
	memset(name, 'n', name_size);
	name[name_size] = '\0';
}

/* shows: TP-07; robustness: J10 */
Test(transport, a_name_for_which_there_is_no_room_is_cut_and_made_up_for_by_a_digest)
{
	char directory[128], name[128], path[ACTI_SOCKET_PATH_SIZE], again[ACTI_SOCKET_PATH_SIZE];

	for (size_t size = 30; size < ACTI_SOCKET_PATH_SIZE; size++) {
		make_long(directory, size, name, 64);
		if (!acti_socket_path(path, directory, name, 2147483647)) {
			cr_assert_geq(size, 107 - 1 - 16 - 10, "%zu bytes leave room", size);
			continue;
		}
		cr_assert_lt(strlen(path), ACTI_SOCKET_PATH_SIZE);
		cr_assert_eq(strncmp(path, directory, size), 0);
		cr_assert_eq(path[size], '/');
		cr_assert_null(strchr(path + size + 1, '/'), "it has left the directory: %s", path);
		cr_assert_str_eq(path + strlen(path) - 16, "@2147483647.sock");
		cr_assert(acti_socket_path(again, directory, name, 2147483647));
		cr_assert_str_eq(again, path);
		if (strlen(path) < size + 1 + 64 + 16)
			cr_assert_not_null(strchr(path, '~'), "%s", path);
		name[63] = 'm'; /* beyond where it is cut */
		cr_assert(acti_socket_path(again, directory, name, 2147483647));
		cr_assert_str_neq(again, path);
	}
}

/* The hash of docs/wire-format.md. */
static unsigned
fnv1a(const char *text)
{
	unsigned hash = 2166136261u;

	while (*text != '\0')
		hash = (hash ^ (unsigned char)*text++) * 16777619u;
	return hash;
}

/* shows: TP-07 */
Test(transport, the_digest_is_that_of_the_whole_name)
{
	char directory[128], name[128], wanted[256];

	cr_assert_eq(fnv1a("foobar"), 0xbf9cf968u);
	make_long(directory, 70, name, 64);
	snprintf(wanted, sizeof wanted, "%s/%.*s~%08x@4711.sock", directory, 107 - 70 - 1 - 10 - 9, name, fnv1a(name));
	demand_path(directory, name, 4711, wanted);
}

/* shows: TP-07; robustness: J10 */
Test(transport, a_directory_that_leaves_no_room_has_no_path)
{
	char directory[256], name[128], path[ACTI_SOCKET_PATH_SIZE];

	make_long(directory, 107 - 1 - 10 - 1, name, 1);
	cr_assert(acti_socket_path(path, directory, "n", 4711), "one byte for a name of one");
	cr_assert_not(acti_socket_path(path, directory, "nn", 4711));
	make_long(directory, 200, name, 1);
	cr_assert_not(acti_socket_path(path, directory, "n", 4711));
	cr_assert_not(acti_join_path(path, directory, "registry.sock"));
	make_long(directory, 107 - 14, name, 1);
	cr_assert(acti_join_path(path, directory, "registry.sock"));
	cr_assert_eq(strlen(path), 107);
	make_long(directory, 107 - 13, name, 1);
	cr_assert_not(acti_join_path(path, directory, "registry.sock"));
}

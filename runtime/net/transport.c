/* SPDX-License-Identifier: BSD-2-Clause */
#include <net/transport.h>
#include <stdio.h>
#include <string.h>

#define DIGEST_SIZE 9 /* "~" and 8 digits */

_Static_assert(ACTI_ADDRESS_SIZE >= sizeof "unix:" - 1 + ACTI_SOCKET_PATH_SIZE, "any path fits an address");

/* ---- unix ---- */

static const char *
unix_complain(const char *place)
{
	if (place[0] != '/')
		return "an absolute path is wanted after unix:";
	if (strlen(place) >= ACTI_SOCKET_PATH_SIZE)
		return "the path of a socket has at most 107 bytes";
	return NULL;
}

static int
unix_listen(struct acti_os *os, const char *place, bool is_shared, struct acti_listener_socket *ret_socket,
            pid_t *reterr_holder, const char **reterr_why)
{
	return os->ops->listen(os, place, is_shared, ret_socket, reterr_holder, reterr_why);
}

static int
unix_connect(struct acti_os *os, const char *place, struct acti_credentials *ret_who)
{
	return os->ops->connect(os, place, ret_who);
}

static const struct acti_transport transports[] = {
	{ .scheme = "unix", .rank = 0, .complain = unix_complain, .listen = unix_listen, .connect = unix_connect },
};

/* ---- addresses ---- */

const struct acti_transport *
acti_transport_of(const char *address, const char **ret_place, const char **reterr_why)
{
	const char *colon = strchr(address, ':');

	*reterr_why = "an address is TRANSPORT:PLACE, and the one transport there is, is unix: \"unix:/absolute/path\"";
	if (colon == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
		const struct acti_transport *transport = &transports[i];
		size_t size = (size_t)(colon - address);

		if (strlen(transport->scheme) != size || memcmp(transport->scheme, address, size) != 0)
			continue;
		*ret_place = colon + 1;
		*reterr_why = transport->complain(*ret_place);
		return *reterr_why == NULL ? transport : NULL;
	}
	return NULL;
}

void
acti_address_of_path(char address[static ACTI_ADDRESS_SIZE], const char *path)
{
	snprintf(address, ACTI_ADDRESS_SIZE, "unix:%s", path);
}

bool
acti_join_path(char path[static ACTI_SOCKET_PATH_SIZE], const char *directory, const char *file)
{
	int size = snprintf(path, ACTI_SOCKET_PATH_SIZE, "%s/%s", directory, file);

	return size > 0 && (size_t)size < ACTI_SOCKET_PATH_SIZE;
}

/* FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint32_t
digest(const char *text)
{
	uint32_t hash = 0x811c9dc5u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x01000193u;
	return hash;
}

/* A name for which there is no room is cut, and a digest of all of it makes up for what is missing. */
bool
acti_socket_path(char path[static ACTI_SOCKET_PATH_SIZE], const char *directory, const char *name, pid_t pid)
{
	char file[ACTI_SOCKET_PATH_SIZE];
	int tail = snprintf(file, sizeof file, "/@%d.sock", (int)pid);
	size_t used = strlen(directory) + (size_t)tail;
	size_t room = used < ACTI_SOCKET_PATH_SIZE ? ACTI_SOCKET_PATH_SIZE - 1 - used : 0;

	if (strlen(name) <= room)
		snprintf(file, sizeof file, "%s@%d.sock", name, (int)pid);
	else if (room > DIGEST_SIZE)
		snprintf(file, sizeof file, "%.*s~%08x@%d.sock", (int)(room - DIGEST_SIZE), name, digest(name),
		         (int)pid);
	else
		return false;
	return acti_join_path(path, directory, file);
}

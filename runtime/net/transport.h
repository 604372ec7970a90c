/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_NET_TRANSPORT_H
#define ACTI_NET_TRANSPORT_H

/*
 * Addresses, and the transports that they name: "unix:/run/user/1000/actor/bank/teller@1234.sock" is the transport unix
 * and its place.  A further transport is a row of the table in transport.c.
 */

#include <os/os.h>

#define ACTI_ADDRESS_SIZE 128 /* with its NUL */

struct acti_transport {
	const char *scheme;
	unsigned rank; /* of two addresses of an actor, that of the lower rank is preferred */
	/* What is wrong with a place, in words; NULL: nothing. */
	const char *(*complain)(const char *place);
	/* As the seam's. */
	int (*listen)(struct acti_os *os, const char *place, bool is_shared, struct acti_listener_socket *ret_socket,
	              pid_t *reterr_holder, const char **reterr_why);
	int (*connect)(struct acti_os *os, const char *place, struct acti_credentials *ret_who);
};

/* The transport of an address, and its place there; NULL, and why: there is none, or the place is not one. */
const struct acti_transport *acti_transport_of(const char *address, const char **ret_place, const char **reterr_why);

/* The path of the socket of an actor that has no other address; false: the directory's name leaves no room. */
bool acti_socket_path(char path[static ACTI_SOCKET_PATH_SIZE], const char *directory, const char *name, pid_t pid);

/* The path of a file in a directory; false: it is too long for a socket. */
bool acti_join_path(char path[static ACTI_SOCKET_PATH_SIZE], const char *directory, const char *file);

/* The address of a Unix socket. */
void acti_address_of_path(char address[static ACTI_ADDRESS_SIZE], const char *path);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_PORTAL_H
#define ACTI_RPC_PORTAL_H

/* What a portal's handle stands for.  It outlives the connection, to say how that ended. */

#include <rpc/connection.h>
#include <rpc/table.h>

struct acti_portal {
	struct acti_table_entry entry;
	struct actor *actor;
	struct acti_connection *connection; /* NULL once it is lost */
	struct acti_list connection_link;   /* among its portals */
	bool is_self;                       /* it stands for its own actor */
	bool is_impatient;                  /* a call that is cancelled is given up at once */
	struct actor_uid uid;
	int pid;
	uint64_t loss_id; /* once it is lost: whoever meets it again, it is the same failure */
	int loss_code, wait_status;
	char loss_text[256];
	void *child;                    /* proc's record of the process; NULL once that is gone */
	struct acti_one_shot *one_shot; /* NULL: a daemon's portal */
	struct acti_cleanup cleanup;    /* ends it with its owner */
};

/* A portal over a connection, or (NULL) to its own actor; NULL when memory is spent. */
struct acti_portal *acti_portal_new(struct actor *actor, const struct actor_uid *uid,
                                    struct acti_connection *connection);
void acti_portal_free(struct acti_portal *portal);
struct actor_portal acti_portal_handle(const struct acti_portal *portal);

/* ACTOR_ECLOSED, as the running task's error, for a stale or zeroed handle. */
int acti_portal_find(struct actor_portal handle, struct acti_portal **ret_portal);

/*
 * Its connection, if calls may be made over it: ACTOR_ECLOSED, or what it was lost with.  ACTI_PORTAL_IS_SELF: it stands
 * for this actor, and has none.
 */
#define ACTI_PORTAL_IS_SELF 1
int acti_portal_connect(struct actor_portal handle, struct acti_connection **ret_connection);

/* Notes how it ended. */
void acti_portal_lose(struct acti_portal *portal, const struct actor_error *loss);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_CONNECTION_H
#define ACTI_RPC_CONNECTION_H

/*
 * A connection is a link between two actors and the dialogs on it.  Its handshake, and the frames that concern the
 * actors as a whole, are its owner's.
 */

#include <net/link.h>
#include <rpc/actor.h>
#include <rpc/machine.h>
#include <wire/payload.h>

#define ACTI_PROTOCOL_VERSION 1
#define ACTI_DIALOG_BUCKETS 256

struct acti_connection;
struct acti_context;

/* What the actor at the other end is to this one: that decides what it may ask. */
enum acti_role {
	ACTI_ROLE_PARENT,
	ACTI_ROLE_CHILD,
	ACTI_ROLE_PEER, /* neither: it came by an address, or we did */
};

struct acti_connection_ops {
	/* A frame before the connection is open, or one with cid 0 that is no ping. */
	void (*frame)(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body);
	/*
	 * Nothing more will come: `reason` is NULL, or says what was wrong, and link.is_violated whether the peer broke
	 * the protocol.  The owner calls acti_connection_lose() in its own time.
	 */
	void (*ended)(struct acti_connection *connection, const char *reason);
	/* The last task that was started over it has ended. */
	void (*idle)(struct acti_connection *connection);
	/* The peer says no more, but listens.  May be NULL: then that is an end as any other. */
	void (*half_closed)(struct acti_connection *connection);
};

/* A module of the peer, by its place in the peer's table. */
struct acti_peer_module {
	char name[128];
	uint64_t fingerprint;
	const struct actor_service *service; /* ours by that name, once a call has met it */
};

struct acti_connection {
	struct acti_link link;
	struct actor *actor;
	const struct acti_connection_ops *ops;
	struct actor_uid peer;
	bool is_open;      /* the handshake is done */
	bool is_lost;      /* its dialogs have ended */
	bool is_cancelled; /* the peer acknowledged that it is to stop */
	enum acti_role role;
	bool peer_may_cancel; /* this actor as a whole */
	bool is_probe;        /* the peer only wants to know who is here; on the way out: or we do */
	bool peer_is_registrar;
	int peer_pid;      /* as it says */
	uint64_t next_cid; /* ours; odd for the side that made the link */
	uint64_t last_cid; /* the peer's */
	struct acti_dialog *buckets[ACTI_DIALOG_BUCKETS];
	struct acti_dialog *recent; /* found last: the next frame is often of the same */
	struct acti_list calls;     /* dialogs that we opened */
	struct acti_list queued;    /* those among them that wait until the peer takes more */
	size_t queued_bytes;        /* that these hold */
	uint32_t call_count;        /* without the queued */
	uint32_t call_max;
	uint64_t asked_ns;         /* when a Cancel of a call went out, with nothing asked before; 0: never */
	uint32_t asked_reads;      /* what the link had read by then: it is answered once there is more */
	uint32_t message_size_max; /* that the peer takes */
	uint32_t served_count;     /* tasks of the peer's that run here */
	struct acti_scope served;  /* around them */
	uint64_t cancels_full_ns;  /* when the peer may cancel as many of them at once as ever; 0: none yet */
	struct acti_list blocks;   /* dialog records */
	struct acti_list portals;  /* that stand for the peer */
	struct acti_list losses;   /* struct acti_cleanup, run when it is lost */
	uint64_t peer_build;       /* 0: unknown */
	struct acti_peer_module *modules;
	size_t module_count;
	struct actor_error *loss; /* what calls fail with; the owner's */
};

/* The place that a dialog's outcome goes to. */
struct acti_call {
	void (*done)(struct acti_call *call);     /* once; on the loop's or a task's stack */
	void (*accepted)(struct acti_call *call); /* may be NULL */
	struct acti_dialog *dialog;               /* NULL once it has ended */
	struct acti_scope *scope;                 /* whose deadline went with it; NULL: none */
	const struct actor_service *service;      /* NULL: by name */
	const struct actor_endpoint *endpoint;
	const char *module_name, *endpoint_name; /* for people; the caller's */
	struct acti_list *owner;                 /* of the reply's block */
	void *reply;                             /* the message, or for a call by name its bytes */
	size_t reply_size;
	struct actor_error *error; /* where a failure is told */
	int rc;
};

struct acti_dialog {
	struct acti_list link; /* among its connection's calls, or queued */
	struct acti_dialog *next;
	struct acti_connection *connection;
	struct acti_context *context; /* NULL: a function's, or nobody's any more */
	uint64_t cid;
	enum acti_dialog_state state;
	bool cancel_sent;
	uint64_t since_ns; /* when it began; 0: its task has not run yet */
	/* the opener's side */
	struct acti_call *call;
	unsigned char *queued_body;
	uint64_t queued_deadline_ns;
	uint32_t queued_size;
	uint8_t queued_flags;
	/* the endpoint's side */
	struct acti_task *task;
	const struct acti_served *served;
	const struct actor_endpoint *endpoint;
	void *request, *reply;
};

/* What to call, and with what. */
struct acti_request {
	const struct actor_service *service; /* NULL: by name */
	size_t endpoint;
	const char *module_name, *endpoint_name;
	const ProtobufCMessage *message; /* NULL: the bytes */
	struct actor_bytes bytes;
	size_t size;              /* packed */
	struct acti_scope *scope; /* whose deadline travels with it */
	bool want_ack;
	struct acti_context *context; /* NULL: a call */
};

/*
 * Takes `fd` over.  `is_maker`: this side made the link.  `loss` is filled in by the owner before it loses it.  A peer is
 * a stranger to the link until its Hello has come.
 */
int acti_connection_open(struct acti_connection *connection, struct actor *actor, const struct acti_connection_ops *ops,
                         enum acti_role role, int fd, bool is_maker, struct actor_error *loss);

/* The modules of this actor that the peer may call: these are the first so many. */
size_t acti_connection_served_count(const struct acti_connection *connection);

/* Dialogs that the peer may have open. */
uint32_t acti_connection_dialogs_max(const struct acti_connection *connection);

/* From now on its portals say how it ended: connection->loss. */
void acti_connection_drop_portals(struct acti_connection *connection);

/*
 * The peer's Hello has come: dialogs may begin, or it is a violation.  `expected` is who it has to be; NULL: anybody.
 */
void acti_connection_take_hello(struct acti_connection *connection, const unsigned char *body, size_t size,
                                const struct actor_uid *expected);

/* Ends every dialog on both sides with connection->loss, and cancels the tasks that the peer started here. */
void acti_connection_lose(struct acti_connection *connection);

/* The same for the dialogs that this side began, and nothing else: nobody will answer. */
void acti_connection_lose_calls(struct acti_connection *connection);

/* Gives up its memory; it is lost, and no task of the peer's is left. */
void acti_connection_fini(struct acti_connection *connection);

/* A Cancel of a call has gone out, which is acknowledged at once by a peer whose loop runs. */
void acti_connection_asked(struct acti_connection *connection);

/* For how long nothing at all has come since; 0: something has, or nothing was asked. */
uint64_t acti_connection_silent_ms(const struct acti_connection *connection);

/* Tells the peer why and ends the link; ops->ended() is not called. */
void acti_connection_violate(struct acti_connection *connection, const char *format, ...) ACTOR_PRINTF(2, 3);

/* A control frame of at most a few bytes, or an Error's size; false: the link is gone. */
bool acti_connection_send(struct acti_connection *connection, unsigned kind, uint64_t cid, const void *body,
                          size_t size);

/* The place for such a frame's body; NULL: the link is gone, or is now, as the peer reads none of its answers. */
unsigned char *acti_connection_queue_answer(struct acti_connection *connection, const struct acti_frame *frame);
void acti_connection_send_error(struct acti_connection *connection, uint64_t cid, const struct actor_error *error);

/* Fills in what this side says of itself. */
void acti_connection_send_hello(struct acti_connection *connection);

/* ---- dialogs ---- */

struct acti_dialog *acti_dialog_find(struct acti_connection *connection, uint64_t cid);
struct acti_dialog *acti_dialog_new(struct acti_connection *connection); /* NULL: memory is spent */
void acti_dialog_insert(struct acti_dialog *dialog, uint64_t cid);
void acti_dialog_free(struct acti_dialog *dialog);        /* out of all tables */
void acti_dialog_drop_queued(struct acti_dialog *dialog); /* its packed request, if it has one */

/* call.c: fills in a request for an endpoint, checked; negative and the running task's error if it breaks its type. */
int acti_request_prepare(struct acti_request *request, struct actor *actor, const struct actor_service *service,
                         size_t endpoint, const ProtobufCMessage *message);

void acti_call_init(struct acti_call *call, void (*done)(struct acti_call *call), struct acti_list *owner,
                    struct actor_error *error);

/* The portal's connection, once there is room on its link. */
int acti_call_find_room(struct actor_portal portal, struct acti_connection **ret_connection) ACTOR_AWAITS;

/* Starts a dialog for `call` (its request checked); negative and the running task's error if it cannot. */
int acti_call_open(struct acti_connection *connection, struct acti_call *call, const struct acti_request *request);
void acti_call_cancel(struct acti_call *call);  /* asks the peer, or takes it out of the queue */
void acti_call_abandon(struct acti_call *call); /* nobody waits any more */
void acti_call_returned(struct acti_dialog *dialog, const unsigned char *body, size_t size);
void acti_call_failed(struct acti_dialog *dialog, const unsigned char *body, size_t size);
void acti_call_lost(struct acti_dialog *dialog, const struct actor_error *loss);
void acti_calls_send_queued(struct acti_connection *connection);

/* serve.c: a Start has come. */
void acti_serve(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body);

/* The peer has cancelled a task that runs for it. */
void acti_serve_cancelled(struct acti_connection *connection);

/* The connection whose call the running task serves; NULL: none, or a call of the actor to itself. */
struct acti_connection *acti_serving_connection(void);

/* The context that it serves; NULL: none. */
struct acti_context *acti_serving_context(void);

/* self.c: a Start for one of the runtime's own verbs; answers at once. */
void acti_self(struct acti_connection *connection, uint64_t cid, const char *verb, size_t verb_size,
               const unsigned char *payload, size_t size);

/* view.c: the dialogs of a connection and what waits on its link, for the live view. */
void acti_connection_view(struct acti_view *view, const struct acti_connection *connection);

/* "demo.Tree.Square" */
void acti_call_view_name(struct acti_view *view, const struct acti_call *call);

/* What a task is for whose owner is a dialog; and where a task waits, on `writers` of a connection's link. */
void acti_dialog_view_title(struct acti_view *view, const struct acti_task *task);
void acti_waiting_for_room(struct acti_view *view, const struct acti_task *task);

/* Refuses a dialog that the peer opened. */
void acti_refuse(struct acti_connection *connection, uint64_t cid, int code, const char *format, ...)
    ACTOR_PRINTF(4, 5);

#endif

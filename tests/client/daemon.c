/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * usage: client_daemon serve DIRECTORY NAME [cancellable]
 *        client_daemon call DIRECTORY NAME MODULE ENDPOINT REQUEST
 *
 * The actors that actor_client.py meets: a daemon in the registry DIRECTORY, which its own user's processes may stop if it
 * is cancellable; or a root that waits for an actor of that name, calls it, and prints the reply.
 */
#include <actor/discovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.actor.h"

struct foreign_daemon_state {
	uint32_t asleep;
	uint32_t cancelled;
};

static int
state_open(struct foreign_daemon_state **ret_state)
{
	*ret_state = calloc(1, sizeof **ret_state);
	return *ret_state != NULL ? 0 : ACTOR_ENOMEM;
}

static void
state_close(struct foreign_daemon_state *state)
{
	free(state);
}

static int
echo(struct foreign_daemon_state *state, const Foreign__Text *request, Foreign__Text *reply)
{
	(void)state;
	reply->text = request->text;
	return 0;
}

static int
sleep_for_ever(struct foreign_daemon_state *state, const Google__Protobuf__Empty *request,
               Google__Protobuf__Empty *reply)
{
	int rc = 0;

	(void)request, (void)reply;
	state->asleep++;
	while (rc == 0)
		rc = actor_sleep_ms(60000);
	state->asleep--;
	state->cancelled += rc == ACTOR_ECANCELED;
	return rc;
}

static int
count_sleepers(struct foreign_daemon_state *state, const Google__Protobuf__Empty *request, Foreign__Sleepers *reply)
{
	(void)request;
	reply->asleep = state->asleep;
	reply->cancelled = state->cancelled;
	return 0;
}

static int
fail(struct foreign_daemon_state *state, const Foreign__Text *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)reply;
	return actor_fail(ACTOR_EINVAL, "%s", request->text);
}

static int
make_big(struct foreign_daemon_state *state, const Foreign__Size *request, Foreign__Text *reply)
{
	(void)state;
	reply->text = actor_alloc((size_t)request->size + 1);
	if (reply->text == NULL)
		return ACTOR_ENOMEM;
	memset(reply->text, 'x', request->size);
	reply->text[request->size] = '\0';
	return 0;
}

/* ---- errands ---- */

static int
run_errand(struct actor_nursery *portals, const Foreign__Errand *errand, struct actor_bytes *ret_reply)
{
	const struct actor_bytes request = { errand->request.data, errand->request.len };
	struct actor_portal portal;
	int rc = actor_find(portals, errand->actor, NULL, &portal);

	if (rc == 0)
		rc = actor_portal_run_from_ns(portal, errand->module, errand->endpoint, request, ret_reply);
	return rc;
}

static char *
copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = actor_alloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static char *
write_hex(const unsigned char uuid[16])
{
	char *hex = actor_alloc(33);

	for (size_t i = 0; hex != NULL && i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", uuid[i]);
	return hex;
}

/* The test's own memory is not short: what cannot be copied is left out. */
static void
report_error(const struct actor_error *error, Foreign__Report *report)
{
	const struct actor_uid *origin = actor_error_origin(error);
	const struct actor_uid *canceller = actor_error_canceller(error);

	report->message = copy_text(actor_error_message(error));
	if (canceller != NULL)
		report->canceller = copy_text(canceller->name);
	if (origin != NULL)
		report->origin_uuid = write_hex(origin->uuid);
	report->hops = actor_alloc(actor_error_hop_count(error) * sizeof *report->hops);
	for (size_t i = 0; report->hops != NULL && i < actor_error_hop_count(error); i++)
		report->hops[report->n_hops++] = copy_text(actor_error_hop(error, i)->name);
}

static int
relay(struct foreign_daemon_state *state, const Foreign__Errand *request, Foreign__Report *report)
{
	struct actor_nursery *portals;
	struct actor_bytes reply = { NULL, 0 };
	int rc = actor_nursery_open(&portals);

	(void)state;
	if (rc != 0)
		return rc;
	report->outcome = run_errand(portals, request, &reply);
	report->reply = (ProtobufCBinaryData){ .len = reply.size, .data = (void *)reply.data };
	if (report->outcome < 0)
		report_error(actor_error_last(), report);
	return actor_nursery_close(portals, 0);
}

/* ---- a client ---- */

static int
call(int argc, char **argv)
{
	struct actor_nursery *portals = NULL;
	struct actor_portal portal;
	struct actor_bytes reply;
	int rc = actor_nursery_open(&portals);

	if (rc == 0 && argc != 7)
		rc = actor_fail(ACTOR_EINVAL, "usage: client_daemon call DIRECTORY NAME MODULE ENDPOINT REQUEST");
	if (rc == 0)
		rc = actor_wait_for(portals, argv[3], NULL, &portal);
	if (rc == 0)
		rc = actor_portal_run_from_ns(portal, argv[4], argv[5],
		                              (struct actor_bytes){ argv[6], strlen(argv[6]) }, &reply);
	if (rc == 0)
		printf("%.*s\n", (int)reply.size, (const char *)reply.data);
	return actor_nursery_close(portals, rc);
}

int
main(int argc, char **argv)
{
	static const struct foreign_daemon_ops ops = {
		.state_open = state_open,
		.state_close = state_close,
		.echo = echo,
		.sleep = sleep_for_ever,
		.count_sleepers = count_sleepers,
		.fail = fail,
		.make_big = make_big,
		.relay = relay,
	};
	const struct actor_module modules[] = { foreign_daemon_module(&ops) };
	const unsigned own_user = getuid();
	struct actor_program program = {
		.modules = modules,
		.module_count = 1,
		.root = call,
		.name = "caller",
		.registry = argc > 2 ? argv[2] : NULL,
		.access = { .cancel_uids = &own_user,
		            .cancel_uid_count = argc > 4 && strcmp(argv[4], "cancellable") == 0 },
	};

	if (argc > 3 && strcmp(argv[1], "serve") == 0)
		return actor_run_daemon(argc, argv, argv[3], &program);
	return actor_main(argc, argv, &program);
}

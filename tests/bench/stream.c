/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams: small items and blocks, against the same bytes in the same batches; and what a context costs. */
#include <stdio.h>
#include <wire/frame.h>

#include "bench.h"
#include "cancel.h"
#include "place.h"
#include "race.h"
#include "raw.h"
#include "server.h"

#define ROUND_MS 30
#define BATCH 1261 /* items that leave in one write: 32 KiB of them */
#define CONTEXTS 10000
#define SOCKET_BUFFER 212992 /* bytes that a socket of Linux holds, unless it is told otherwise */

enum entrant {
	RAW_ITEMS,
	ITEMS,
	RAW_BLOCKS,
	BLOCKS,
	CALLS,
	CONTEXTS_OPENED,
	ENTRANTS
};

static size_t
item_size(void)
{
	return ACTI_FRAME_HEADER_SIZE + bench__number__get_packed_size(SERVER_NUMBER);
}

static void
tell_rate(struct report *report, const char *metric, double scale, const char *unit, const struct race_entrant *raw,
          const struct race_entrant *ours, double at_least)
{
	const struct report_bar bar = { raw->name, at_least, true };
	char name[64];

	report_value(report, raw->name, scale / raw->wall_ns, unit);
	report_against(report, ours->name, scale / ours->wall_ns, unit, raw->name, scale / raw->wall_ns);
	snprintf(name, sizeof name, "%s.cpu", ours->name);
	report_value(report, name, ours->cpu_ns, "ns");
	report_bar(report, metric, 1 / ours->wall_ns, 1 / raw->wall_ns, &bar);
}

static void
tell_all(struct report *report, const struct race_entrant *entrants)
{
	tell_rate(report, "items.bar", 1e9, "items/s", &entrants[RAW_ITEMS], &entrants[ITEMS], 0.15);
	tell_rate(report, "blocks.bar", 1e9 * SERVER_BLOCK_SIZE / (1u << 30), "GiB/s", &entrants[RAW_BLOCKS],
	          &entrants[BLOCKS], 0.8);
	report_value(report, entrants[CALLS].name, entrants[CALLS].wall_ns / 1e3, "us");
	report_against(report, entrants[CONTEXTS_OPENED].name, entrants[CONTEXTS_OPENED].wall_ns / 1e3, "us",
	               entrants[CALLS].name, entrants[CALLS].wall_ns / 1e3);
}

/* Two round trips, and as long as the socket's buffer takes to be read. */
static int
tell_cancel(struct report *report, const struct server *server, const struct race_entrant *entrants)
{
	const struct report_bar bar = { "two calls and a socket's buffer", 1, false };
	double ns,
	    allowed = 2 * entrants[CALLS].wall_ns + entrants[RAW_BLOCKS].wall_ns * SOCKET_BUFFER / SERVER_BLOCK_SIZE;
	int rc = cancel_behind_bulk(server, &ns);

	if (rc != 0)
		return rc;
	report_value(report, "cancel", ns / 1e3, "us");
	report_bar(report, "cancel.bar", ns, allowed, &bar);
	return 0;
}

static int
measure(struct report *report, struct server *server, struct raw_peer *items, struct raw_peer *blocks)
{
	struct race_entrant entrants[ENTRANTS] = {
		[RAW_ITEMS] = { .name = "raw_items",
		                .run = raw_pull,
		                .argument = items,
		                .step = 1,
		                .peer = items->pid },
		[ITEMS] = { .name = "items",
		            .run = server_run_count,
		            .argument = server,
		            .step = 1,
		            .peer = server->pid },
		[RAW_BLOCKS] = { .name = "raw_blocks",
		                 .run = raw_pull,
		                 .argument = blocks,
		                 .step = 1,
		                 .peer = blocks->pid },
		[BLOCKS] = { .name = "blocks",
		             .run = server_run_carry,
		             .argument = server,
		             .step = 1,
		             .peer = server->pid },
		[CALLS] = { .name = "call", .run = server_run_one, .argument = server, .step = 1, .peer = server->pid },
		[CONTEXTS_OPENED] = { .name = "context",
		                      .run = server_run_contexts,
		                      .argument = server,
		                      .step = 1,
		                      .peer = server->pid },
	};
	int rc = race(entrants, ENTRANTS, ROUND_MS);

	if (rc != 0)
		return rc;
	tell_all(report, entrants);
	return tell_cancel(report, server, entrants);
}

/* ---- many at once ---- */

static int
weigh(const struct server *server, double *ret_here, double *ret_there)
{
	ACTOR_OWNED(Bench__Number, reply);
	int rc = bench_server_weigh(server->portal, SERVER_NUMBER, &reply);

	*ret_here = (double)server_weight_kib();
	*ret_there = rc == 0 ? (double)reply->value : 0;
	return rc;
}

/* One in another, and all of them in one task: what they take is theirs, not that of tasks at this side. */
static int
hold_many(struct report *report, const struct server *server, struct bench_server_hold_dialog *dialogs)
{
	double here, there, here_after, there_after;
	size_t count = 0;
	int rc = weigh(server, &here, &there);

	while (rc == 0 && count < CONTEXTS) {
		rc = bench_server_hold_open(server->portal, SERVER_NUMBER, NULL, &dialogs[count]);
		count += rc == 0;
	}
	if (rc == 0)
		rc = weigh(server, &here_after, &there_after);
	if (rc == 0) {
		report_value(report, "open_context.opener", (here_after - here) * 1024 / CONTEXTS, "bytes");
		report_value(report, "open_context.endpoint", (there_after - there) * 1024 / CONTEXTS, "bytes");
	}
	while (count-- > 0)
		rc = bench_server_hold_close(dialogs[count], rc, NULL);
	return rc;
}

int
bench_stream(struct report *report)
{
	struct bench_server_hold_dialog *dialogs = actor_calloc(CONTEXTS, sizeof *dialogs);
	struct raw_peer items = { .end = { -1, -1 } }, blocks = { .end = { -1, -1 } };
	struct actor_nursery *actors = NULL;
	struct server server;
	struct place place;
	int rc = dialogs != NULL ? place_open(&place) : actor_fail(ACTOR_ENOMEM, "the bench: out of memory");

	if (rc != 0)
		return rc;
	rc = raw_open_source(&items, item_size(), BATCH, place.there);
	if (rc == 0)
		rc = raw_open_source(&blocks, ACTI_FRAME_HEADER_SIZE + SERVER_BLOCK_SIZE, 1, place.there);
	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = server_spawn(actors, place.there, &server);
	if (rc == 0)
		rc = measure(report, &server, &items, &blocks);
	if (rc == 0)
		rc = hold_many(report, &server, dialogs);
	if (rc == 0)
		actor_nursery_cancel(actors);
	rc = actor_nursery_close(actors, rc);
	raw_close(&items);
	raw_close(&blocks);
	place_close(&place);
	actor_free(dialogs);
	return rc;
}

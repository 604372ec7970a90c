/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root <- aggregator <- two sources.  Nobody holds more than a window of numbers: who is ahead waits.  When the root has
 * seen enough, it closes its stream, and that ends everything behind it:
 *
 *     pipeline        0 to 999
 *     pipeline 10     stops after 10 of them
 */
#include <stdio.h>
#include <stdlib.h>

#include "numbers.actor.h"

#define END 1000

/* ---- a source ---- */

static int
count(struct numbers_source_state *state, struct numbers_source_count_context context, const Numbers__Range *request)
{
	int rc = 0;

	(void)state;
	for (uint32_t i = 0; rc == 0 && i < request->end; i++)
		rc = numbers_source_count_send(context, NUMBERS_NUMBER(.value = i));
	return rc;
}

/* ---- the aggregator ---- */

/* The next number of a source, in place of the one before; NULL: there are no more. */
static int
advance(struct numbers_source_count_stream stream, Numbers__Number **head)
{
	int rc;

	actor_free(*head);
	*head = NULL;
	rc = numbers_source_count_next(stream, head);
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
merge_streams(struct numbers_aggregator_merge_context context, struct numbers_source_count_stream left,
              struct numbers_source_count_stream right)
{
	Numbers__Number *a = NULL, *b = NULL;
	int rc = advance(left, &a);

	if (rc == 0)
		rc = advance(right, &b);
	while (rc == 0 && (a != NULL || b != NULL)) {
		uint32_t value = b == NULL || (a != NULL && a->value < b->value) ? a->value : b->value;

		rc = numbers_aggregator_merge_send(context, NUMBERS_NUMBER(.value = value));
		if (rc == 0 && a != NULL && a->value == value)
			rc = advance(left, &a);
		if (rc == 0 && b != NULL && b->value == value)
			rc = advance(right, &b);
	}
	return rc;
}

/* Streams are scopes: the last one opened is the first one closed. */
static int
merge_sources(struct numbers_aggregator_merge_context context, const Numbers__Range *request,
              const struct numbers_source sources[2])
{
	struct numbers_source_count_stream left, right;
	int rc = numbers_source_count_open(sources[0], request, NULL, &left);

	if (rc != 0)
		return rc;
	rc = numbers_source_count_open(sources[1], request, NULL, &right);
	if (rc == 0) {
		rc = merge_streams(context, left, right);
		rc = numbers_source_count_close(right, rc);
	}
	return numbers_source_count_close(left, rc);
}

static int
merge(struct numbers_aggregator_state *state, struct numbers_aggregator_merge_context context,
      const Numbers__Range *request)
{
	struct numbers_source sources[2];
	struct actor_nursery *actors;
	int rc = actor_nursery_open(&actors);

	(void)state;
	if (rc == 0)
		rc = numbers_source_spawn(actors, "source_0", NULL, &sources[0]);
	if (rc == 0)
		rc = numbers_source_spawn(actors, "source_1", NULL, &sources[1]);
	if (rc == 0)
		rc = merge_sources(context, request, sources);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

/* ---- the root ---- */

static int
receive(struct numbers_aggregator_merge_stream stream, uint32_t wanted, uint32_t *ret_count)
{
	int rc = 0;

	*ret_count = 0;
	while (rc == 0 && *ret_count < wanted) {
		ACTOR_OWNED(Numbers__Number, number);

		rc = numbers_aggregator_merge_next(stream, &number);
		if (rc == 0 && number->value != *ret_count)
			return actor_fail(ACTOR_EINVAL, "%u is in the place of %u", number->value, *ret_count);
		if (rc == 0)
			(*ret_count)++;
	}
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
root(int argc, char **argv)
{
	uint32_t wanted = argc > 1 ? (uint32_t)atoi(argv[1]) : UINT32_MAX, received = 0;
	struct numbers_aggregator_merge_stream stream;
	struct numbers_aggregator aggregator;
	struct actor_nursery *actors;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = numbers_aggregator_spawn(actors, "aggregator", NULL, &aggregator);
	if (rc == 0)
		rc = numbers_aggregator_merge_open(aggregator, NUMBERS_RANGE(.end = END), NULL, &stream);
	if (rc == 0) {
		rc = receive(stream, wanted, &received);
		rc = numbers_aggregator_merge_close(stream, rc);
	}
	if (rc == 0)
		printf("%u numbers, each once and in order\n", received);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

int
main(int argc, char **argv)
{
	static const struct numbers_source_ops source = { .count = count };
	static const struct numbers_aggregator_ops aggregator = { .merge = merge };
	const struct actor_module modules[] = { numbers_source_module(&source),
		                                numbers_aggregator_module(&aggregator) };
	const struct actor_program program = { .modules = modules, .module_count = ACTOR_COUNT(modules), .root = root };

	return actor_main(argc, argv, &program);
}

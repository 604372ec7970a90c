/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_ERROR_H
#define ACTI_BASE_ERROR_H

/*
 * The record behind struct actor_error.  Fixed in size, so that an error can be noted, kept and passed on
 * without an allocation; only a raised value, encoded when it is raised, has a block of its own.
 */

#include <actor/error.h>
#include <base/list.h>
#include <base/memory.h>
#include <stdbool.h>

#define ACTI_ERROR_MESSAGE_SIZE 1024
#define ACTI_ERROR_TYPE_SIZE 128
#define ACTI_ERROR_HOPS_MAX 30 /* one more than a frame holds */
#define ACTI_ERROR_MEMBERS_MAX 16
#define ACTI_ERROR_TEXT_SIZE 4096
#define ACTI_RAISED_VALUE_MAX 65536

struct actor_error {
	struct acti_list link;        /* on its owner's list: a group's members, the free records */
	struct acti_error_slab *slab; /* of a record of a pool */
	uint64_t id;                  /* copies keep it: the same failure, seen again, is counted once */
	int code;
	int wait_status; /* -1: not a death */
	bool has_origin, has_canceller, value_lost;
	bool
	    is_gathering; /* a group that acti_error_add() made and goes on with; a group that came from elsewhere is not */
	uint32_t dropped_count; /* members that found no room */
	uint32_t hop_count;
	struct acti_list members; /* struct actor_error, of a group */
	uint32_t member_count;
	struct acti_value *value; /* of a raised error; of a crash, its trace, with a NUL behind it; may be NULL */
	struct actor_uid origin, canceller;
	char type[ACTI_ERROR_TYPE_SIZE]; /* "": the code's name */
	char message[ACTI_ERROR_MESSAGE_SIZE];
	char text[ACTI_ERROR_TEXT_SIZE]; /* rendered when asked for; "" until then, and after each change below */
	struct actor_uid hops[ACTI_ERROR_HOPS_MAX]; /* of a longer path, the first and the last ones */
};

/* Text is rendered into the record, so one in read-only storage has its text from the start. */

/* A raised value, packed; shared by the copies of its error. */
struct acti_value {
	struct acti_memory *memory;
	size_t references;
	size_t size;
	unsigned char bytes[];
};

struct acti_value *acti_value_new(struct acti_memory *memory, size_t size); /* NULL when memory is spent */
void acti_value_put(struct acti_value *value);                              /* NULL is fine */

/*
 * Records that are there before anything fails, so that the error path does not allocate: so many for group members, made
 * when the actor starts, and one for each that was promised.  When all of the members' are in use, further members are only
 * counted.  Pages of records that were never used are not touched.
 */
struct acti_error_pool {
	struct acti_memory *memory;
	struct acti_list slabs; /* those with a free record are in front */
	size_t record_count;    /* at least as many as are for members and promised */
	size_t members_max, member_count;
	size_t promised_count;
	uint64_t last_id;
};

/* `count`: for members.  ACTOR_ENOMEM. */
int acti_error_pool_init(struct acti_error_pool *pool, struct acti_memory *memory, size_t count);
void acti_error_pool_fini(struct acti_error_pool *pool);

/*
 * For who may fail, and then wants a whole record: the promise is made when that begins, and kept whatever becomes of
 * memory.  false: memory is spent.  `record` is what was taken; NULL: nothing was.
 */
bool acti_error_promise(struct acti_error_pool *pool);
struct actor_error *acti_error_take_promised(struct acti_error_pool *pool);
void acti_error_end_promise(struct acti_error_pool *pool, struct actor_error *record);

/* An error without details; `error` is uninitialised storage.  Never touches the large fields. */
void acti_error_init(struct actor_error *error);

/* Releases value and members, and leaves it as after init. */
void acti_error_reset(struct acti_error_pool *pool, struct actor_error *error);

/*
 * A new failure, in place of what `error` held.  `format` may be NULL: no message.  Without a pool the failure has no
 * id, and `error` must not hold members.
 */
void acti_error_set(struct acti_error_pool *pool, struct actor_error *error, int code, const char *format, ...)
    ACTOR_PRINTF(4, 5);
void acti_error_set_list(struct acti_error_pool *pool, struct actor_error *error, int code, const char *format,
                         __builtin_va_list arguments);

/* `to` becomes the same failure as `from`, members and all; `to` was initialised. */
void acti_error_copy(struct acti_error_pool *pool, struct actor_error *to, const struct actor_error *from);

/* The same, and `from` is reset. */
void acti_error_move(struct acti_error_pool *pool, struct actor_error *to, struct actor_error *from);

/*
 * Adds the failure `from` to `group`: the first makes the group that failure, the second makes it a group of two.
 * A failure that is there already (the same id), or in one of its members, is not added.  `from` is copied.  A group
 * that is added is one member.  If the pool has no record left, `from` is only counted as dropped.
 */
void acti_error_add(struct acti_error_pool *pool, struct actor_error *group, const struct actor_error *from);

/*
 * An error that is put aside while other calls fail.  It has room of its own for a cancellation; anything richer takes
 * a record of the pool, and if there is none, only the code and who cancelled are kept.
 */
struct acti_error_aside {
	struct actor_error *record; /* NULL: none was needed, or there was none */
	uint64_t id;
	int code; /* 0: nothing is put aside */
	bool has_canceller;
	struct actor_uid canceller;
};

/* `error` stays as it is, or as much of it as the pool has records for. */
void acti_error_put_aside(struct acti_error_pool *pool, struct actor_error *error, struct acti_error_aside *ret_aside);
void acti_error_take_back(struct acti_error_pool *pool, struct actor_error *error, struct acti_error_aside *aside);
void acti_error_drop_aside(struct acti_error_pool *pool, struct acti_error_aside *aside);

/* For acti_error_decode(): an empty record at the end of the members, or NULL, and the member is counted as dropped. */
struct actor_error *acti_error_new_member(struct acti_error_pool *pool, struct actor_error *group);

void acti_error_set_type(struct actor_error *error, const char *type); /* cut to fit; "": the code's name */
void acti_error_set_canceller(struct actor_error *error, const struct actor_uid *canceller); /* NULL: none */
void acti_error_append_hop(struct actor_error *error, const struct actor_uid *hop); /* and the origin, if first */

/* Not a failure of its own: somebody stopped it, or time did. */
static inline bool
acti_code_is_cancellation(int code)
{
	return code == ACTOR_ECANCELED || code == ACTOR_EDEADLINE;
}

/* The same of an error: a group of which all members are cancellations is one too. */
bool acti_error_is_cancellation(const struct actor_error *error);

/* The uuid alone decides: names are not unique. */
bool acti_uid_equal(const struct actor_uid *one, const struct actor_uid *other);

/* "SIGSEGV"; NULL for one that is not known by name. */
const char *acti_signal_name(int number);

/* "leaf_0@1a2b3c4d", or "unnamed": the form for people. */
#define ACTI_UID_TEXT_SIZE 80
const char *acti_uid_text(const struct actor_uid *uid, char text[static ACTI_UID_TEXT_SIZE]);

#endif

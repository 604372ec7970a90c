/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Errors.  A record is large (paths, texts) but only a little of it is in use, so nothing here initialises or copies
 * one as a whole: the counts and the first bytes of the texts say what is valid.
 *
 * A failure has an id, given when it is set or when it arrives from a peer, and kept by its copies.  A nursery that
 * is told twice of one failure, say by the task that failed and by the one that waited for it and passed it on,
 * therefore counts it once.
 *
 * Groups: acti_error_add() keeps a single failure as that failure; the second one moves the first into a record of
 * the pool and makes the group.  Such a group is "gathering" where it was made, and there only: its copies are
 * failures like any other, which become one member of the next group up.
 *
 * Members nest as deep as the pool has records, and so does the recursion below; its frames are small.
 */

#include <base/error.h>
#include <base/text.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define BOXED_TYPE "actor.BoxedError"

/* Codes */

#define CODE_NAME(name, number, grpc, text) \
	case ACTOR_##name:                  \
		return "ACTOR_" #name;
#define CODE_TEXT(name, number, grpc, text) \
	case ACTOR_##name:                  \
		return text;
#define CODE_GRPC(name, number, grpc, text) \
	case ACTOR_##name:                  \
		return #grpc;

const char *
actor_code_name(int code)
{
	switch (code) {
		ACTOR_ERROR_MAP(CODE_NAME)
	case ACTOR_OK:
		return "ACTOR_OK";
	default:
		return "<unknown>";
	}
}

const char *
actor_code_text(int code)
{
	switch (code) {
		ACTOR_ERROR_MAP(CODE_TEXT)
	case ACTOR_OK:
		return "success";
	default:
		return "an unknown error";
	}
}

const char *
actor_code_grpc(int code)
{
	switch (code) {
		ACTOR_ERROR_MAP(CODE_GRPC)
	case ACTOR_OK:
		return "OK";
	default:
		return "UNKNOWN";
	}
}

/* Identities */

bool
acti_uid_equal(const struct actor_uid *one, const struct actor_uid *other)
{
	return memcmp(one->uuid, other->uuid, sizeof one->uuid) == 0;
}

const char *
acti_uid_text(const struct actor_uid *uid, char text[static ACTI_UID_TEXT_SIZE])
{
	const unsigned char *id = uid->uuid;

	if (uid->name[0] == '\0')
		return strcpy(text, "unnamed");
	snprintf(text, ACTI_UID_TEXT_SIZE, "%.*s@%02x%02x%02x%02x", (int)sizeof uid->name - 1, uid->name, id[0], id[1],
	         id[2], id[3]);
	return text;
}

/* Values */

struct acti_value *
acti_value_new(struct acti_memory *memory, size_t size)
{
	struct acti_value *value;

	if (size > PTRDIFF_MAX - sizeof *value)
		return NULL;
	value = acti_allocate(memory, sizeof *value + size);
	if (value == NULL)
		return NULL;
	value->memory = memory;
	value->references = 1;
	value->size = size;
	return value;
}

void
acti_value_put(struct acti_value *value)
{
	if (value != NULL && --value->references == 0)
		acti_release(value->memory, value);
}

static struct acti_value *
value_get(struct acti_value *value)
{
	if (value != NULL)
		value->references++;
	return value;
}

/* Records */

#define SLAB_RECORDS 32

struct acti_error_slab {
	struct acti_list link;
	size_t count, used;
	struct acti_list free;
	struct actor_error *fresh, *end; /* those that were never used */
	struct actor_error records[];
};

static struct acti_error_slab *
slab_of(struct acti_list *link)
{
	return acti_container_of(link, struct acti_error_slab, link);
}

static bool
add_slab(struct acti_error_pool *pool, size_t count)
{
	struct acti_error_slab *slab = acti_allocate(pool->memory, sizeof *slab + count * sizeof slab->records[0]);

	if (slab == NULL)
		return false;
	slab->count = count;
	slab->used = 0;
	acti_list_init(&slab->free);
	slab->fresh = slab->records;
	slab->end = slab->records + count;
	acti_list_push_front(&pool->slabs, &slab->link);
	pool->record_count += count;
	return true;
}

/* There is a place for some promises from the start, which most actors need. */
int
acti_error_pool_init(struct acti_error_pool *pool, struct acti_memory *memory, size_t count)
{
	*pool = (struct acti_error_pool){ .memory = memory, .members_max = count };
	acti_list_init(&pool->slabs);
	return add_slab(pool, count + SLAB_RECORDS) ? 0 : ACTOR_ENOMEM;
}

/* There is one. */
static struct actor_error *
take_any(struct acti_error_pool *pool)
{
	struct acti_error_slab *slab = slab_of(pool->slabs.next);
	struct acti_list *link = acti_list_pop_front(&slab->free);
	struct actor_error *record;

	if (link == NULL) {
		record = slab->fresh++;
		acti_error_init(record);
		record->slab = slab;
	} else {
		record = acti_container_of(link, struct actor_error, link);
	}
	if (++slab->used == slab->count) {
		acti_list_remove(&slab->link);
		acti_list_push_back(&pool->slabs, &slab->link);
	}
	return record;
}

static void
put_back(struct acti_error_pool *pool, struct actor_error *record)
{
	struct acti_error_slab *slab = record->slab;

	acti_list_push_back(&slab->free, &record->link);
	if (slab->used-- == slab->count) {
		acti_list_remove(&slab->link);
		acti_list_push_front(&pool->slabs, &slab->link);
	}
}

/* For a member.  NULL: all are in use. */
static struct acti_list *
take_record(struct acti_error_pool *pool)
{
	if (pool->member_count == pool->members_max)
		return NULL;
	pool->member_count++;
	return &take_any(pool)->link;
}

static void
give_record(struct acti_error_pool *pool, struct actor_error *record)
{
	pool->member_count--;
	put_back(pool, record);
}

bool
acti_error_promise(struct acti_error_pool *pool)
{
	if (pool->record_count == pool->members_max + pool->promised_count && !add_slab(pool, SLAB_RECORDS))
		return false;
	pool->promised_count++;
	return true;
}

struct actor_error *
acti_error_take_promised(struct acti_error_pool *pool)
{
	return take_any(pool);
}

/* One that is not needed for now, and some more are there without it. */
static void
drop_slab(struct acti_error_pool *pool)
{
	size_t needed = pool->members_max + pool->promised_count + SLAB_RECORDS;

	acti_list_for_each(link, &pool->slabs) {
		struct acti_error_slab *slab = slab_of(link);

		if (slab->used > 0 || pool->record_count - slab->count < needed)
			continue;
		pool->record_count -= slab->count;
		acti_list_remove(link);
		acti_release(pool->memory, slab);
		return;
	}
}

void
acti_error_end_promise(struct acti_error_pool *pool, struct actor_error *record)
{
	if (record != NULL) {
		acti_error_reset(pool, record);
		put_back(pool, record);
	}
	pool->promised_count--;
	if (pool->record_count >= pool->members_max + pool->promised_count + 2 * SLAB_RECORDS)
		drop_slab(pool);
}

void
acti_error_pool_fini(struct acti_error_pool *pool)
{
	if (pool->memory == NULL)
		return;
	for (struct acti_list *link; (link = acti_list_pop_front(&pool->slabs)) != NULL;)
		acti_release(pool->memory, slab_of(link));
	*pool = (struct acti_error_pool){ 0 };
}

static struct actor_error *
record_of(struct acti_list *link)
{
	return acti_container_of(link, struct actor_error, link);
}

struct actor_error *
acti_error_new_member(struct acti_error_pool *pool, struct actor_error *group)
{
	struct acti_list *link = group->member_count < ACTI_ERROR_MEMBERS_MAX ? take_record(pool) : NULL;

	group->text[0] = '\0';
	if (link == NULL) {
		group->dropped_count++;
		return NULL;
	}
	acti_list_push_back(&group->members, link);
	group->member_count++;
	return record_of(link);
}

void
acti_error_init(struct actor_error *error)
{
	acti_list_init(&error->link);
	error->id = 0;
	error->code = 0;
	error->wait_status = -1;
	error->has_origin = error->has_canceller = error->value_lost = error->is_gathering = false;
	error->dropped_count = error->hop_count = error->member_count = 0;
	acti_list_init(&error->members);
	error->value = NULL;
	error->type[0] = error->message[0] = error->text[0] = '\0';
}

/* All but the link: a record stays on its owner's list. */
static void
error_clear(struct actor_error *error)
{
	struct acti_list link = error->link;
	struct acti_list *next = link.next;

	acti_error_init(error);
	if (next != &error->link)
		error->link = link;
}

void
acti_error_reset(struct acti_error_pool *pool, struct actor_error *error)
{
	struct acti_list *link;

	if (error->code == 0)
		return; /* as it is after each call that went well */
	acti_value_put(error->value);
	while ((link = acti_list_pop_front(&error->members)) != NULL) {
		acti_error_reset(pool, record_of(link));
		give_record(pool, record_of(link));
	}
	error_clear(error);
}

void
acti_error_set_list(struct acti_error_pool *pool, struct actor_error *error, int code, const char *format,
                    __builtin_va_list arguments)
{
	char message[ACTI_ERROR_MESSAGE_SIZE];
	size_t size = 0;

	/* The arguments may lie in what is reset. */
	if (format != NULL && vsnprintf(message, sizeof message, format, arguments) > 0)
		size = acti_utf8_whole(message, strlen(message));
	acti_error_reset(pool, error);
	memcpy(error->message, message, size);
	error->message[size] = '\0';
	error->code = code;
	error->id = pool != NULL ? ++pool->last_id : 0;
}

void
acti_error_set(struct acti_error_pool *pool, struct actor_error *error, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	acti_error_set_list(pool, error, code, format, arguments);
	va_end(arguments);
}

/* What is valid of the fields that need no counting; `to` is cleared. */
static void
error_copy_fields(struct actor_error *to, const struct actor_error *from)
{
	to->id = from->id;
	to->code = from->code;
	to->wait_status = from->wait_status;
	to->has_origin = from->has_origin;
	to->has_canceller = from->has_canceller;
	to->value_lost = from->value_lost;
	to->dropped_count = from->dropped_count;
	to->hop_count = from->hop_count;
	if (from->has_origin)
		to->origin = from->origin;
	if (from->has_canceller)
		to->canceller = from->canceller;
	memcpy(to->type, from->type, strlen(from->type) + 1);
	memcpy(to->message, from->message, strlen(from->message) + 1);
	memcpy(to->hops, from->hops, from->hop_count * sizeof from->hops[0]);
}

void
acti_error_copy(struct acti_error_pool *pool, struct actor_error *to, const struct actor_error *from)
{
	if (to == from)
		return;
	acti_error_reset(pool, to);
	error_copy_fields(to, from);
	to->value = value_get(from->value);
	acti_list_for_each(link, &from->members) {
		struct actor_error *member = acti_error_new_member(pool, to);

		if (member != NULL)
			acti_error_copy(pool, member, record_of(link));
	}
}

void
acti_error_move(struct acti_error_pool *pool, struct actor_error *to, struct actor_error *from)
{
	if (to == from)
		return;
	acti_error_reset(pool, to);
	error_copy_fields(to, from);
	to->value = from->value;
	acti_list_splice(&to->members, &from->members);
	to->member_count = from->member_count;
	error_clear(from);
}

static bool
error_holds(const struct actor_error *error, uint64_t id)
{
	if (error->id == id)
		return true;
	acti_list_for_each(link, &error->members) {
		if (error_holds(record_of(link), id))
			return true;
	}
	return false;
}

/* A single failure becomes the first member of a new group; it stays as it is if there is no record for it. */
static void
error_begin_group(struct acti_error_pool *pool, struct actor_error *single)
{
	struct acti_list *link = take_record(pool);

	if (link == NULL)
		return;
	acti_error_move(pool, record_of(link), single);
	single->code = ACTOR_EGROUP;
	single->id = ++pool->last_id;
	single->is_gathering = true;
	acti_list_push_back(&single->members, link);
	single->member_count = 1;
}

void
acti_error_add(struct acti_error_pool *pool, struct actor_error *group, const struct actor_error *from)
{
	struct actor_error *member;

	if (group->code == 0) {
		acti_error_copy(pool, group, from);
		return;
	}
	if (from->id != 0 && error_holds(group, from->id))
		return;
	if (!group->is_gathering)
		error_begin_group(pool, group);
	if (!group->is_gathering) {
		group->dropped_count++;
		group->text[0] = '\0';
		return;
	}
	member = acti_error_new_member(pool, group);
	if (member != NULL)
		acti_error_copy(pool, member, from);
}

bool
acti_error_is_cancellation(const struct actor_error *error)
{
	if (error->code != ACTOR_EGROUP)
		return acti_code_is_cancellation(error->code);
	acti_list_for_each(link, &error->members) {
		if (!acti_error_is_cancellation(record_of(link)))
			return false;
	}
	return error->member_count > 0 && error->dropped_count == 0;
}

/* Putting aside */

static bool
is_bare(const struct actor_error *error)
{
	return error->type[0] == '\0' && error->message[0] == '\0' && error->hop_count == 0 &&
	       error->member_count == 0 && error->dropped_count == 0 && error->value == NULL && !error->value_lost &&
	       error->wait_status == -1;
}

void
acti_error_put_aside(struct acti_error_pool *pool, struct actor_error *error, struct acti_error_aside *ret_aside)
{
	struct acti_list *link;

	ret_aside->record = NULL;
	ret_aside->id = error->id;
	ret_aside->code = error->code;
	ret_aside->has_canceller = error->has_canceller;
	if (error->has_canceller)
		ret_aside->canceller = error->canceller;
	if (error->code == 0 || is_bare(error) || (link = take_record(pool)) == NULL)
		return;
	/* The one that is put aside is the whole one. */
	ret_aside->record = record_of(link);
	acti_error_move(pool, ret_aside->record, error);
	acti_error_copy(pool, error, ret_aside->record);
}

void
acti_error_take_back(struct acti_error_pool *pool, struct actor_error *error, struct acti_error_aside *aside)
{
	if (aside->code == 0)
		return;
	if (aside->record != NULL) {
		acti_error_move(pool, error, aside->record);
		give_record(pool, aside->record);
	} else if (error->id != aside->id || error->code != aside->code) {
		acti_error_set(pool, error, aside->code, NULL);
		error->id = aside->id;
		acti_error_set_canceller(error, aside->has_canceller ? &aside->canceller : NULL);
	}
	aside->code = 0;
}

void
acti_error_drop_aside(struct acti_error_pool *pool, struct acti_error_aside *aside)
{
	if (aside->code != 0 && aside->record != NULL) {
		acti_error_reset(pool, aside->record);
		give_record(pool, aside->record);
	}
	aside->code = 0;
}

void
acti_error_set_canceller(struct actor_error *error, const struct actor_uid *canceller)
{
	error->text[0] = '\0';
	error->has_canceller = canceller != NULL;
	if (canceller != NULL)
		error->canceller = *canceller;
}

void
acti_error_set_type(struct actor_error *error, const char *type)
{
	size_t size = strnlen(type, sizeof error->type - 1);

	size = acti_utf8_whole(type, size);
	error->text[0] = '\0';
	memcpy(error->type, type, size);
	error->type[size] = '\0';
}

void
acti_error_append_hop(struct actor_error *error, const struct actor_uid *hop)
{
	error->text[0] = '\0';
	if (error->hop_count == ACTI_ERROR_HOPS_MAX) {
		memmove(&error->hops[1], &error->hops[2], (ACTI_ERROR_HOPS_MAX - 2) * sizeof error->hops[0]);
		error->hop_count--;
	}
	error->hops[error->hop_count++] = *hop;
	error->origin = error->hops[0];
	error->has_origin = true;
}

/* Accessors */

int
actor_error_code(const struct actor_error *error)
{
	return error->code;
}

const char *
actor_error_message(const struct actor_error *error)
{
	return error->message;
}

const char *
actor_error_type(const struct actor_error *error)
{
	if (error->type[0] != '\0')
		return error->type;
	return error->code != 0 ? actor_code_name(error->code) : "<unknown>";
}

const char *
actor_error_boxed_type(const struct actor_error *error)
{
	return error->hop_count > 1 ? BOXED_TYPE : actor_error_type(error);
}

const struct actor_uid *
actor_error_origin(const struct actor_error *error)
{
	return error->has_origin ? &error->origin : NULL;
}

size_t
actor_error_hop_count(const struct actor_error *error)
{
	return error->hop_count;
}

const struct actor_uid *
actor_error_hop(const struct actor_error *error, size_t index)
{
	return index < error->hop_count ? &error->hops[index] : NULL;
}

const struct actor_uid *
actor_error_canceller(const struct actor_error *error)
{
	return error->has_canceller ? &error->canceller : NULL;
}

size_t
actor_error_member_count(const struct actor_error *error)
{
	return error->member_count;
}

size_t
actor_error_dropped_count(const struct actor_error *error)
{
	return error->dropped_count;
}

const struct actor_error *
actor_error_member(const struct actor_error *error, size_t index)
{
	if (index >= error->member_count)
		return NULL;
	acti_list_for_each(link, &error->members) {
		if (index-- == 0)
			return record_of(link);
	}
	return NULL;
}

int
actor_error_wait_status(const struct actor_error *error)
{
	return error->wait_status;
}

const char *
actor_error_backtrace(const struct actor_error *error)
{
	return error->code == ACTOR_EPEERGONE && error->value != NULL ? (const char *)error->value->bytes : NULL;
}

/* Text */

static const struct {
	int number;
	const char *name;
} signal_names[] = {
	{ SIGABRT, "SIGABRT" }, { SIGALRM, "SIGALRM" }, { SIGBUS, "SIGBUS" },   { SIGFPE, "SIGFPE" },
	{ SIGHUP, "SIGHUP" },   { SIGILL, "SIGILL" },   { SIGINT, "SIGINT" },   { SIGKILL, "SIGKILL" },
	{ SIGPIPE, "SIGPIPE" }, { SIGQUIT, "SIGQUIT" }, { SIGSEGV, "SIGSEGV" }, { SIGSYS, "SIGSYS" },
	{ SIGTERM, "SIGTERM" }, { SIGTRAP, "SIGTRAP" }, { SIGUSR1, "SIGUSR1" }, { SIGUSR2, "SIGUSR2" },
	{ SIGXCPU, "SIGXCPU" }, { SIGXFSZ, "SIGXFSZ" },
};

const char *
acti_signal_name(int number)
{
	for (size_t i = 0; i < ACTOR_COUNT(signal_names); i++)
		if (signal_names[i].number == number)
			return signal_names[i].name;
	return NULL;
}

static void
render_signal(struct acti_text *text, int number)
{
	const char *name = acti_signal_name(number);

	if (name != NULL)
		acti_text_add(text, "%s", name);
	else
		acti_text_add(text, "signal %d", number);
}

static void
render_death(struct acti_text *text, int status)
{
	if (WIFSIGNALED(status)) {
		acti_text_add(text, " (killed by ");
		render_signal(text, WTERMSIG(status));
		acti_text_add(text, WCOREDUMP(status) ? ", core dumped)" : ")");
	} else if (WIFEXITED(status)) {
		acti_text_add(text, " (exit status %d)", WEXITSTATUS(status));
	} else {
		acti_text_add(text, " (wait status 0x%x)", (unsigned)status);
	}
}

static void
render_uid(struct acti_text *text, const char *before, const struct actor_uid *uid)
{
	char name[ACTI_UID_TEXT_SIZE];

	acti_text_add(text, "%s", before);
	acti_text_add_escaped(text, acti_uid_text(uid, name));
}

static void
render_path(struct acti_text *text, const struct actor_error *error)
{
	if (error->has_origin)
		render_uid(text, " from ", &error->origin);
	for (uint32_t i = 1; i < error->hop_count; i++)
		render_uid(text, i == 1 ? " via " : ", ", &error->hops[i]);
}

static void
render(struct acti_text *text, const struct actor_error *error)
{
	const char *separator = " { ";

	acti_text_add(text, "%s: ", actor_code_name(error->code));
	acti_text_add_escaped(text, error->message[0] != '\0' ? error->message : actor_code_text(error->code));
	if (error->type[0] != '\0') {
		acti_text_add(text, " [");
		acti_text_add_escaped(text, error->type);
		acti_text_add(text, "]");
	}
	if (error->wait_status != -1)
		render_death(text, error->wait_status);
	if (error->has_canceller)
		render_uid(text, error->code == ACTOR_EDEADLINE ? ", set by " : ", cancelled by ", &error->canceller);
	render_path(text, error);
	acti_list_for_each(link, &error->members) {
		acti_text_add(text, "%s", separator);
		render(text, record_of(link));
		separator = "; ";
	}
	if (error->member_count > 0)
		acti_text_add(text, " }");
	if (error->dropped_count > 0)
		acti_text_add(text, " and %u more", (unsigned)error->dropped_count);
}

/*
 * The text is a cache: the one field that changes behind a const error, which is in read-only storage only if its text
 * is there already.
 */
const char *
actor_error_text(const struct actor_error *error)
{
	struct acti_text text;

	if (error->text[0] != '\0')
		return error->text;
	acti_text_init(&text, (char *)(uintptr_t)error->text, sizeof error->text);
	render(&text, error);
	return error->text;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_CONTROL_H
#define ACTI_WIRE_CONTROL_H

/*
 * The bodies of control frames, by nanopb into fixed storage.  The structs are large: an actor has one scratch of
 * each side, never a task's stack.  Decoding refuses what nanopb lets through: strings that are not text.
 */

#include <actor/wire.pb.h>
#include <base/error.h>

#define ACTI_HELLO_SIZE_MAX actor_wire_Hello_size
#define ACTI_SPAWN_SPEC_SIZE_MAX actor_wire_SpawnSpec_size
#define ACTI_CANCEL_SIZE_MAX actor_wire_Cancel_size
#define ACTI_ERROR_SIZE_MAX (4 + actor_wire_Error_size) /* without the raised value */

/* Each gives the body's size; `size` is at least the kind's maximum, so it cannot fail. */
size_t acti_hello_encode(const actor_wire_Hello *hello, unsigned char *body, size_t size);
size_t acti_spawn_spec_encode(const actor_wire_SpawnSpec *spec, unsigned char *body, size_t size);
size_t acti_cancel_encode(const actor_wire_Cancel *cancel, unsigned char *body, size_t size);

/* false: malformed, or a string that is not text (RFC 3629, no NUL), or an actor name outside [A-Za-z0-9._-]{1,64}. */
bool acti_hello_decode(actor_wire_Hello *ret_hello, const void *body, size_t size);
bool acti_spawn_spec_decode(actor_wire_SpawnSpec *ret_spec, const void *body, size_t size);
bool acti_cancel_decode(actor_wire_Cancel *ret_cancel, const void *body, size_t size);

/*
 * An Error's body without its tail, which is error->value's bytes when there is one.  `scratch` is overwritten.
 * Groups within groups are kept by their parent index, as far as 16 members in all reach; the rest is counted.
 */
size_t acti_error_encode(const struct actor_error *error, actor_wire_Error *scratch, unsigned char *body, size_t size);

/*
 * Into `error` (initialised), which becomes a new failure with `peer` as its last hop: origin and path end with who
 * the connection says sent it, whatever the bytes claim.  Codes that are not ours become ACTOR_ERAISED.  Members beyond
 * the pool are counted.  The tail becomes error->value (from pool->memory; lost when memory is spent).
 */
bool acti_error_decode(struct acti_error_pool *pool, struct actor_error *error, actor_wire_Error *scratch,
                       const struct actor_uid *peer, const void *body, size_t size);

void acti_uid_to_wire(const struct actor_uid *uid, actor_wire_Uid *ret_wire);
/* false: the name is not an actor's name. */
bool acti_uid_from_wire(const actor_wire_Uid *wire, struct actor_uid *ret_uid);
bool acti_name_is_valid(const char *name); /* [A-Za-z0-9._-]{1,64} */

#endif

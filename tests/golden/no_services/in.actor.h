/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#ifndef ACTOR_GENERATED_IN_H
#define ACTOR_GENERATED_IN_H

#include <actor/generated.h>

#include "in.pb-c.h"

#if ACTOR_GENERATED_ABI != 4
#error "in.actor.h and libactor do not fit: run the actorgen that came with this libactor"
#endif

ACTOR_BEGIN

/* ---- messages ---- */

/* Keyword style: DEMO_OUTER(.field = ...) is a pointer to one.  It lives as long as the block that it is written in. */

#define DEMO_OUTER(...) (&(const Demo__Outer){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__outer__descriptor), __VA_ARGS__ })
#define DEMO_OUTER_INNER(...) \
	(&(const Demo__Outer__Inner){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__outer__inner__descriptor), __VA_ARGS__ })

ACTOR_END
#endif

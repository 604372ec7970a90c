/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

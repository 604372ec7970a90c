/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_DISCOVERY_H
#define ACTOR_DISCOVERY_H

#include <actor/nursery.h>

ACTOR_BEGIN

/*
 * Actors that find each other by name, in one tree or in several: all whose program names the same registry
 * (actor_program.registry).  The first root there is its registrar, and every actor enters its name and its addresses.
 * Without a registry, the functions here know the actors to which there is a link already, and no others.
 *
 * A portal that they give belongs to the nursery.  If there is a link to that actor already, the portal uses that;
 * otherwise a connection is made for it, and closed when no portal needs it any more.  A found actor is nobody's child:
 * no nursery waits for it or ends with it.  If the connection is lost, its calls fail with ACTOR_EPEERGONE, and what it
 * had called here is cancelled.
 *
 * Names need not be unique.  Of several, the one that was registered last, and lives, counts.
 */

/*
 * The actor of that name.  ACTOR_NOBODY: there is none, or none that lives.  `service` may be NULL: then it may serve
 * anything.  demo_tree_find_actor() and its like are typed forms of it.
 *
 * If this actor has a link to one of that name already, that one it is, the latest of them, and the registrar is not
 * asked.  An actor finds itself, too.  An entry behind which nobody answers is removed, and the next one counts; one
 * that does not serve `service` is not passed over for another.
 *
 * ACTOR_EINVAL: no actor can have this name.  ACTOR_ENOREGISTRAR: nobody knows it here, and no registrar can be asked,
 * or it did not answer within 1 s.  ACTOR_EDENIED: it does not serve `service`, or not to us, or its socket is not open
 * to this process's user.  ACTOR_EPROTOCOL: it has another contract of it.  ACTOR_EPEERGONE: it let nobody in for 5 s, or
 * takes no more peers.  ACTOR_ECLOSED: the nursery.  ACTOR_ENOMEM.
 */
ACTOR_API int actor_find(struct actor_nursery *nursery, const char *name, const struct actor_service *service,
                         struct actor_portal *ret_portal) ACTOR_AWAITS;

/*
 * The same, but waits until there is one, and never gives ACTOR_NOBODY.  ACTOR_ENOREGISTRAR also if the registrar goes
 * meanwhile.  ACTOR_EPEERGONE also if the registrar reaches those that it names, and this process does not.
 */
ACTOR_API int actor_wait_for(struct actor_nursery *nursery, const char *name, const struct actor_service *service,
                             struct actor_portal *ret_portal) ACTOR_AWAITS;

struct actor_registration {
	struct actor_uid uid;
	int pid;                      /* for people: 0 if unknown */
	const char *const *addresses; /* the preferred first; NULL-terminated */
};

/*
 * All actors of that name, the latest first, without connecting to any; NULL: all that there are.  The list is the
 * task's, and one block, for actor_free().  With several registries, one that is in two of them is there twice.
 * ACTOR_ENOREGISTRAR, ACTOR_ENOMEM.
 */
ACTOR_API int actor_query(const char *name, const struct actor_registration **ret_list, size_t *ret_count) ACTOR_AWAITS;

/*
 * The registrar of the first registry, to call its module actor.Registrar (<actor/registrar.actor.h>).  In the registrar
 * itself, such calls are calls of its functions.  ACTOR_ENOREGISTRAR, ACTOR_ECLOSED, ACTOR_ENOMEM.
 */
ACTOR_API int actor_open_registrar(struct actor_nursery *nursery, struct actor_portal *ret_portal) ACTOR_AWAITS;

/* The root of the own tree.  ACTOR_ENOREGISTRAR: it has no address (no registry), and is not the parent. */
ACTOR_API int actor_open_root(struct actor_nursery *nursery, struct actor_portal *ret_portal) ACTOR_AWAITS;

ACTOR_END
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREES_TOWN_H
#define TREES_TOWN_H

/*
 * Several trees that share a registry.  The program that runs the checks is its registrar, "main"; it starts neighbours:
 * roots of their own, by fork and exec of this program, to whom it is a peer.  All serve trees.Probe, trees.Visitor and
 * trees.Other, which main has for its family only.  The registry is below a directory of this run, which goes with it.
 */

#include <stdio.h>

#include "probe.h"
#include "visitor.actor.h"

/* In the environment of a neighbour; without the first it is a daemon. */
#define IS_ROOT "TREES_IS_ROOT=1" /* actor_main(), and modules enabled by hand: trees.Other for its family */
#define CANCELLED_BY_US "TREES_CANCELLED_BY_US=1" /* who has our uid may stop it */
#define ONLY_LOOKS "TREES_ONLY_LOOKS=1"           /* the same, and it is a client of its registry */
#define LINGERS "TREES_LINGERS=1"       /* main() says that it goes on, and does so until the trace says "let go" */
#define TWICE "TREES_TWICE=1"           /* main() runs the daemon again when it has ended */
#define HAS_BROKEN "TREES_HAS_BROKEN=1" /* its program has the module trees.Broken, too */
#define LETS_IN "TREES_LETS_IN"         /* =UID, another user */
#define REGISTRY "TREES_REGISTRY"       /* =TEXT; "town" if there is none */
#define LISTENS_AT "TREES_LISTENS_AT"   /* =ADDRESS */
#define SPINS "TREES_SPINS=1"           /* its state of trees.Visitor never awaits when it closes, for 5 s */

struct neighbour {
	int pid, pidfd;
	int status; /* as waitpid()'s; -1: it has not ended */
	FILE *log;
	char text[16384]; /* what it wrote to stderr, once it has ended */
};

/* What neighbours that are roots do; else they sleep until they are cancelled. */
extern int (*neighbour_root)(int argc, char **argv);

/* "main" only looks, and a neighbour, "hall", is the registrar in each check: so main has to connect to whom it finds. */
extern bool town_has_hall;

/* A main(). */
int town_main(int argc, char **argv, const struct check *checks, size_t check_count);

/* "NAME=value", as printf(); of this task. */
const char *entry(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Of this run: where XDG_RUNTIME_DIR points, and the registry in it. */
const char *session_directory(void);
const char *town_directory(void);

/* Starts a neighbour, with up to three entries of its environment.  At most five at a time. */
struct neighbour *start_neighbour(const char *name, const char *entry, const char *another, const char *third);

/* The same, but the child calls `prepare` before it execs. */
struct neighbour *start_prepared(const char *name, void (*prepare)(void), const char *entry, const char *another);

/* In a task: true if it has ended, which its status and its text then tell. */
bool has_ended(struct neighbour *neighbour);

/* What it has written up to now. */
const char *log_of(struct neighbour *neighbour);

/* The body, with a nursery for its portals; neighbours that are left afterwards are ended. */
int in_town(int (*body)(struct actor_nursery *town));

/* A neighbour that is there. */
int meet_neighbour(struct actor_nursery *town, const char *name, const char *entry, struct trees_probe *ret_probe);
struct trees_visitor visitor_of(struct trees_probe probe);

/* A child of this actor that serves trees.Probe and trees.Visitor. */
int spawn_visitor(struct actor_nursery *nursery, const char *name, struct trees_visitor *ret_visitor);
struct trees_probe probe_of(struct trees_visitor visitor);

/* Path of the socket of an actor that is entered in the registry. */
const char *socket_of(const char *name);

/* A socket that is connected there; negative: -errno. */
int connect_to(const char *path);

const char *error_origin(void);
const char *error_canceller(void);

#endif

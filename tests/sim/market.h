/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_SIM_MARKET_H
#define TESTS_SIM_MARKET_H

/* What several trees do that share registries, and what it is held against. */

#include "judge.h"
#include "market.actor.h"
#include <disc/discovery.h>

#define REGISTRARS_MAX ACTI_REGISTRIES_MAX
#define CANDIDATES_MAX PROCESSES_MAX

/* Whom a portal stands for, as seen from its owner. */
struct target {
	pid_t pid;
	struct actor_uid uid;
	bool is_self;
	enum acti_role role;
	bool is_ours; /* a peer that this side connected to */
};

/* What there was when a lookup began. */
struct before {
	const char *name; /* NULL: any */
	uint64_t begun_ns;
	bool is_linked;          /* to one of that name: nobody is asked */
	struct actor_uid linked; /* that one */
	size_t registrar_count;  /* at which who asks is entered */
	pid_t registrars[REGISTRARS_MAX];
	size_t registry_count;
	size_t candidate_count; /* actors of that name which are entered there */
	pid_t candidates[CANDIDATES_MAX];
};

/* ---- market_judge.c ---- */

void market_judge_forget(void);

/* Looks at all that lives: called whenever something happens. */
void observe(void);

/* Nothing would excuse anything that went wrong with those of the name; NULL: with anybody. */
bool are_all_quiet(const char *name);

bool has_ended_too_late(const struct acti_sim_process *process);
void note_root_begins(void);
void note_root_ends(void);
void note_entering(void);
void note_asked(const struct target *target); /* to stop */
bool root_has_begun_or_may_not(const struct acti_sim_process *process);

void before_lookup(struct before *before, const char *name);
void judge_lookup(const struct before *before, int rc, bool waited, struct actor_portal portal);
void judge_list(const struct before *before, int rc, const struct actor_registration *list, size_t count);

void judge_forgotten(const struct before *before, const struct actor_registration *list, size_t count);
void judge_entering(int rc);
void judge_spawn(int rc);

/* When the world has been healthy for a while: who lives is entered, who does not is not. */
void judge_registry(int rc, const struct actor_registration *list, size_t count);

struct target target_of(struct actor_portal portal);
void judge_call(uint32_t id, int rc, const Market__Receipt *receipt, const struct target *target, uint64_t begun_ns,
                bool was_cancelled);
void judge_cancelling(int rc, const struct target *target);

#endif

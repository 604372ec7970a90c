/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_PROBE_H
#define ACTI_BASE_PROBE_H

/*
 * Coverage marks: rare situations in which the core has been.  A set of simulations in which one of them never came up has
 * not tested it.  Only builds with ACTOR_FAULTS have them; there they are the one thing that is counted per process.
 */
#ifdef ACTOR_FAULTS
struct acti_probe {
	const char *name;
	unsigned long count;
};
#define ACTI_PROBE(text)                                                                                              \
	do {                                                                                                          \
		static struct acti_probe acti_probe_here __attribute__((section("acti_probes"), used)) = { text, 0 }; \
		acti_probe_here.count++;                                                                              \
	} while (0)
#else
#define ACTI_PROBE(text) ((void)0)
#endif

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_PROC_CRASH_H
#define ACTI_PROC_CRASH_H

/* What is told of a crash: by this process, of itself; and of a child. */

#include <base/error.h>
#include <os/os.h>

struct acti_child_process;
struct acti_proc;

/* What is known of the crash of a child; zeroed until it has crashed. */
struct acti_crash_report {
	struct acti_crash crash;
	struct acti_process tracer; /* who makes the trace, while output is not -1 */
	int output;
	struct acti_watch watch; /* of the output */
	struct acti_value *trace;
};

void acti_crash_report_init(struct acti_crash_report *report);
void acti_crash_report_fini(struct acti_crash_report *report);

/* Of this process, if it should crash. */
void acti_crash_prepare(struct acti_proc *proc);

/* The child is reaped.  False: all is known that will be; true: the trace is being made, acti_crash_end() follows. */
bool acti_crash_begin(struct acti_child_process *child);

/* The trace is what there is of it. */
void acti_crash_end(struct acti_child_process *child);

/* "SIGSEGV at address 0x8 in task Square, endpoint demo.Tree.Square", into a text; nothing if nothing is known. */
struct acti_text;
void acti_crash_describe(struct acti_text *text, const struct acti_crash *crash);

/* Takes the trace for the error of the child's loss, and tells people. */
void acti_crash_conclude(struct acti_child_process *child);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_TASK_COROUTINE_H
#define ACTI_TASK_COROUTINE_H

/* A stack that can be left and entered again.  Sanitizers and Valgrind are told of each switch and stack. */

#include <stddef.h>

struct acti_coroutine {
	void *context; /* where it was left */
	const void *stack;
	size_t stack_size;
	void *fake_stack;            /* AddressSanitizer's */
	struct acti_coroutine *next; /* entered when this one was left */
	void (*entry)(struct acti_coroutine *self);
};

/* Tells the tools of a new stack, and of its end.  The id is Valgrind's. */
unsigned acti_stack_register(void *stack, size_t size);
void acti_stack_unregister(void *stack, size_t size, unsigned id);

/* Makes `self` start with entry(self), on a registered stack that nothing runs on. */
void acti_coroutine_init(struct acti_coroutine *self, void *stack, size_t size,
                         void (*entry)(struct acti_coroutine *self));

/* Leaves `from`, which runs, and enters `to`; returns when somebody enters `from` again. */
void acti_coroutine_switch(struct acti_coroutine *from, struct acti_coroutine *to);

/* The same for good: nobody enters `from` again. */
_Noreturn void acti_coroutine_leave(struct acti_coroutine *from, struct acti_coroutine *to);

#endif

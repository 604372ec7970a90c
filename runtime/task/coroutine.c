/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdint.h>
#include <task/coroutine.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) ((void)(start), (void)(end), 0u)
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* Boost.Context's C interface, which it declares for C++ only (boost/context/detail/fcontext.hpp). */
struct transfer {
	void *context; /* that was left */
	void *data;    /* that it passed */
};
extern struct transfer jump_fcontext(void *to, void *data);
extern void *make_fcontext(void *stack_top, size_t size, void (*entry)(struct transfer transfer));

unsigned
acti_stack_register(void *stack, size_t size)
{
#ifdef WITH_ASAN
	__lsan_register_root_region(stack, size); /* what only a suspended stack points to is no leak */
#endif
	return VALGRIND_STACK_REGISTER(stack, (char *)stack + size);
}

void
acti_stack_unregister(void *stack, size_t size, unsigned id)
{
#ifdef WITH_ASAN
	__asan_unpoison_memory_region(stack, size); /* the addresses may be mapped again for something else */
	__lsan_unregister_root_region(stack, size);
#else
	(void)stack, (void)size;
#endif
	VALGRIND_STACK_DEREGISTER(id);
}

/* Runs on the stack that was just entered. */
static void
arrive(struct acti_coroutine *self, struct transfer transfer)
{
	struct acti_coroutine *left = transfer.data;

	left->context = transfer.context;
#ifdef WITH_ASAN
	/* The thread's own stack is not ours, so its bounds are learnt when it is first left. */
	__sanitizer_finish_switch_fiber(self->fake_stack, &left->stack, &left->stack_size);
#else
	(void)self;
#endif
}

static void
start(struct transfer transfer)
{
	struct acti_coroutine *self = ((struct acti_coroutine *)transfer.data)->next;

	arrive(self, transfer);
	self->entry(self);
	__builtin_unreachable();
}

void
acti_coroutine_init(struct acti_coroutine *self, void *stack, size_t size, void (*entry)(struct acti_coroutine *self))
{
#ifdef WITH_ASAN
	__asan_unpoison_memory_region(stack, size);
#endif
	*self = (struct acti_coroutine){
		.context = make_fcontext((char *)stack + size, size, start),
		.stack = stack,
		.stack_size = size,
		.entry = entry,
	};
}

static struct transfer
jump(struct acti_coroutine *from, struct acti_coroutine *to, bool for_good)
{
	from->next = to;
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack, to->stack, to->stack_size);
#else
	(void)for_good;
#endif
	return jump_fcontext(to->context, from);
}

void
acti_coroutine_switch(struct acti_coroutine *from, struct acti_coroutine *to)
{
	arrive(from, jump(from, to, false));
}

void
acti_coroutine_leave(struct acti_coroutine *from, struct acti_coroutine *to)
{
	jump(from, to, true);
	__builtin_unreachable();
}

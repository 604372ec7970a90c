/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A task goes NEW -> READY -> RUNNING -> (WAITING -> READY -> RUNNING)* -> ENDED.  Its link is on exactly one list at
 * a time: the ready queue, or the queue that it waits on.  Whoever takes it off that queue decides how its wait ends,
 * so a wake and a cancellation that come in one turn cannot both win.
 *
 * Stacks are kept after their task has ended, with the record at their top: starting a task in the steady state
 * neither maps nor allocates.
 */
#include <base/log.h>
#include <base/text.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <task/nursery.h>
#include <task/task.h>

#if defined(__SANITIZE_ADDRESS__)
#define STACK_SIZE (1024u * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_SIZE (1024u * 1024)
#endif
#endif
#ifndef STACK_SIZE
#define STACK_SIZE (256u * 1024)
#endif

#define IDLE_STACKS_MAX 128
#define TASKS_MAX 30000 /* a stack is two mappings, and vm.max_map_count is 65,530 */
#define STAGGERS 16
#define STAGGER_SIZE 256
#define TURN_BUDGET 1024
#define ERROR_RECORDS 64
#define PLACE_SIZE 200 /* of the text of where an error was made */

/* The one variable of the process that is not an actor's: which task this thread runs, and whose ended last. */
static _Thread_local struct {
	struct acti_task *task;
	struct actor_uid ended;
	struct actor_error error; /* outside a task */
} thread;

struct acti_task *
acti_task_current(void)
{
	return thread.task;
}

struct acti_task *
acti_thread_exchange_task(struct acti_task *task)
{
	struct acti_task *before = thread.task;

	thread.task = task;
	return before;
}

void
acti_thread_set_ended(const struct actor_uid *uid)
{
	thread.ended = *uid;
}

/* ---- the scheduler ---- */

int
acti_scheduler_init(struct acti_scheduler *scheduler, struct acti_os *os, struct actor *actor,
                    const struct actor_uid *uid)
{
	*scheduler = (struct acti_scheduler){ .os = os, .actor = actor, .uid = uid };
	acti_pool_init(&scheduler->pool, &os->memory);
	acti_list_init(&scheduler->ready);
	acti_list_init(&scheduler->idle_stacks);
	acti_list_init(&scheduler->tasks);
	return acti_error_pool_init(&scheduler->errors, &os->memory, ERROR_RECORDS) == 0 ? 0 : -ENOMEM;
}

static void
unmap(struct acti_scheduler *scheduler, struct acti_task *task)
{
	void *stack = task->stack;
	size_t size = task->stack_size;

	acti_stack_unregister(stack, size, task->stack_id);
	scheduler->os->ops->stack_unmap(scheduler->os, stack, size);
}

void
acti_scheduler_fini(struct acti_scheduler *scheduler)
{
	scheduler->os->ops->watchdog_end(scheduler->os);
	for (struct acti_list *link; (link = acti_list_pop_front(&scheduler->idle_stacks)) != NULL;)
		unmap(scheduler, acti_container_of(link, struct acti_task, link));
	acti_release(&scheduler->os->memory, scheduler->nursery_slots);
	acti_error_pool_fini(&scheduler->errors);
	acti_pool_fini(&scheduler->pool);
}

/* The stack of a task that has ended, or was never started, is there for the next. */
static void
retire(struct acti_task *task)
{
	struct acti_scheduler *scheduler = task->scheduler;

	acti_list_remove(&task->all_link);
	scheduler->task_count--;
	if (scheduler->idle_count >= IDLE_STACKS_MAX || ACTI_MAYBE(scheduler->os, "a stack is not kept")) {
		unmap(scheduler, task);
		return;
	}
	acti_list_push_front(&scheduler->idle_stacks, &task->link); /* the next task finds it in the caches */
	scheduler->idle_count++;
}

static void
push_ready(struct acti_task *task)
{
	task->state = ACTI_TASK_READY;
	acti_list_push_back(&task->scheduler->ready, &task->link);
	task->scheduler->ready_count++;
}

static struct acti_task *
take_ready(struct acti_scheduler *scheduler)
{
	uint32_t skip =
	    scheduler->ready_count > 1 ? scheduler->os->ops->choose(scheduler->os, scheduler->ready_count) : 0;
	struct acti_list *link = scheduler->ready.next;

	while (skip-- > 0)
		link = link->next;
	acti_list_remove(link);
	scheduler->ready_count--;
	return acti_container_of(link, struct acti_task, link);
}

static void __attribute__((noinline, cold)) complain(const struct acti_task *task, const char *what)
{
	const struct actor_uid nobody = { .name = "" };
	struct acti_os *os = task->scheduler->os;
	char line[ACTI_LOG_LINE_SIZE];

	os->ops->log(os, line, acti_log_format(line, &nobody, ACTI_LOG_ERROR, "%s %s", task->name, what));
}

/* User code forked, and came back here: this is a second actor on the first one's links. */
static _Noreturn void __attribute__((noinline, cold)) end_copy(const struct acti_task *task)
{
	complain(task, "has called fork(), and its copy goes on: call exec or _exit there");
	task->scheduler->os->ops->end_copy(task->scheduler->os);
}

/*
 * User code has jumped from one stack to another, by longjmp() or its like: who runs here is not who we believe it is,
 * and has left a stack behind that somebody will return to.
 */
static _Noreturn void __attribute__((noinline, cold)) end_for_wrong_stack(const struct acti_task *task)
{
	complain(task, "jumped to the stack of another task: a task ends by returning");
	abort();
}

static void
check_stack(const struct acti_task *task)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (here - (uintptr_t)task->stack >= task->stack_size)
		end_for_wrong_stack(task);
}

bool
acti_scheduler_run(struct acti_scheduler *scheduler)
{
	unsigned budget = ACTI_MAYBE(scheduler->os, "a turn of one task") ? 1 : TURN_BUDGET;
	struct acti_watchdog *dog = &scheduler->watchdog;

	if (scheduler->ready_count > 0 && dog->limit_ms > 0) {
		dog->runs++; /* first, so that one which is about to sleep sees it */
		if (!dog->is_awake)
			scheduler->os->ops->watchdog_wake(scheduler->os, dog);
	}
	for (; budget > 0 && scheduler->ready_count > 0; budget--) {
		struct acti_task *task = take_ready(scheduler);

		dog->runs++;
		dog->running = task;
		task->state = ACTI_TASK_RUNNING;
		thread.task = task;
		acti_coroutine_switch(&scheduler->loop, &task->coroutine);
		if (*scheduler->os->is_original == 0)
			end_copy(task);
		thread.task = NULL;
		dog->running = NULL;
		if (task->state == ACTI_TASK_ENDED)
			retire(task);
	}
	return scheduler->ready_count > 0;
}

/* ---- a task's life ---- */

/*
 * A scope that was left open lies in a frame that is gone, its timer armed: nothing can be done about it safely, and
 * going on would be a wild jump later.
 */
static _Noreturn void __attribute__((noinline, cold)) end_for_open_scope(const struct acti_task *task)
{
	complain(task, "left an actor_scope open: close it on every path");
	abort();
}

static void
entry(struct acti_coroutine *coroutine)
{
	struct acti_task *task = acti_container_of(coroutine, struct acti_task, coroutine);
	int rc = task->fn(task->argument);

	if (thread.task != task)
		end_for_wrong_stack(thread.task != NULL ? thread.task : task);
	rc = acti_nursery_close_forgotten(task, rc);
	if (task->scope != &task->root_scope || !acti_list_is_empty(&task->root_scope.children))
		end_for_open_scope(task);
	if (rc < 0 && task->error.code != rc)
		acti_fail(rc, "%s gave %d without saying why", task->name, rc);
	task->ended(task, rc);
	for (struct acti_list *link; (link = acti_list_pop_front(&task->cleanups)) != NULL;) {
		struct acti_cleanup *cleanup = acti_container_of(link, struct acti_cleanup, link);

		cleanup->fn(cleanup);
	}
	acti_scope_fini(&task->root_scope);
	acti_error_reset(&task->scheduler->errors, &task->error);
	acti_pool_release_all(&task->scheduler->pool, &task->blocks);
	task->state = ACTI_TASK_ENDED;
	acti_coroutine_leave(coroutine, &task->scheduler->loop);
}

/*
 * What tasks touch lies at the same distance from the end of their stacks, and stacks begin at whole pages: without a
 * stagger, all of it would share a few sets of the cache.
 */
static struct acti_task *
map(struct acti_scheduler *scheduler)
{
	char *stack = scheduler->os->ops->stack_map(scheduler->os, STACK_SIZE);
	size_t stagger = scheduler->stack_count++ % STAGGERS * STAGGER_SIZE;
	struct acti_task *task;

	if (stack == NULL)
		return NULL;
	task = (struct acti_task *)(void *)(stack + ((STACK_SIZE - sizeof *task) & ~(size_t)63) - stagger);
	task->stack_id = acti_stack_register(stack, STACK_SIZE);
	task->stack = stack;
	task->stack_size = STACK_SIZE;
	acti_error_init(&task->error); /* and whoever ends leaves it so */
	return task;
}

struct acti_task *
acti_task_new(struct acti_scheduler *scheduler, struct acti_scope *parent, const char *name)
{
	struct acti_list *idle = acti_list_pop_front(&scheduler->idle_stacks);
	struct acti_task *task = NULL;

	if (idle != NULL) {
		scheduler->idle_count--;
		task = acti_container_of(idle, struct acti_task, link);
	} else if (scheduler->task_count < TASKS_MAX) {
		task = map(scheduler);
	}
	if (task == NULL)
		return NULL;
	acti_list_init(&task->link);
	acti_list_push_back(&scheduler->tasks, &task->all_link);
	scheduler->task_count++;
	task->scheduler = scheduler;
	task->state = ACTI_TASK_NEW;
	task->interruptible = task->interrupted = false;
	task->name = name;
	task->serves = NULL;
	task->service = NULL;
	task->serves_itself = false;
	task->title = NULL;
	task->scope = &task->root_scope;
	acti_scope_init(&task->root_scope, parent, task, NULL);
	acti_list_init(&task->nurseries);
	acti_list_init(&task->cleanups);
	acti_list_init(&task->blocks);
	acti_coroutine_init(&task->coroutine, task->stack, (size_t)((char *)task - (char *)task->stack), entry);
	return task;
}

void
acti_task_start(struct acti_task *task, int (*fn)(void *argument), void *argument,
                void (*ended)(struct acti_task *task, int rc), void *owner)
{
	task->fn = fn;
	task->argument = argument;
	task->ended = ended;
	task->owner = owner;
	push_ready(task);
}

void
acti_task_discard(struct acti_task *task)
{
	acti_scope_fini(&task->root_scope);
	acti_pool_release_all(&task->scheduler->pool, &task->blocks);
	retire(task);
}

/* ---- waiting ---- */

static void
suspend(struct acti_task *task, struct acti_list *queue, acti_tell_fn *place, bool interruptible)
{
	task->state = ACTI_TASK_WAITING;
	task->interruptible = interruptible;
	task->interrupted = false;
	task->place = place;
	task->queue = queue;
	task->since_ns = task->scheduler->os->turn_ns;
	check_stack(task);
	acti_list_push_back(queue, &task->link);
	acti_coroutine_switch(&task->coroutine, &task->scheduler->loop);
}

int
acti_wait_quietly(struct acti_list *queue, acti_tell_fn *place)
{
	struct acti_task *task = thread.task;

	if (task->scope->cause != 0)
		return task->scope->cause;
	suspend(task, queue, place, true);
	return task->interrupted ? task->scope->cause : 0;
}

int
acti_wait(struct acti_list *queue, acti_tell_fn *place)
{
	struct acti_task *task = thread.task;

	return acti_wait_quietly(queue, place) == 0 ? 0 : acti_scope_check(task->scope, task);
}

void
acti_wait_shielded(struct acti_list *queue, acti_tell_fn *place)
{
	suspend(thread.task, queue, place, false);
}

void
acti_wake(struct acti_task *task)
{
	if (task->state != ACTI_TASK_WAITING)
		return;
	acti_list_remove(&task->link);
	push_ready(task);
}

void
acti_wake_all(struct acti_list *queue)
{
	while (!acti_list_is_empty(queue))
		acti_wake(acti_container_of(queue->next, struct acti_task, link));
}

void
acti_task_interrupt(struct acti_task *task)
{
	if (task->state != ACTI_TASK_WAITING || !task->interruptible)
		return;
	task->interrupted = true;
	acti_wake(task);
}

void
acti_task_settle(struct acti_task *task)
{
	task->interrupted = false;
}

void
acti_task_yield(struct acti_task *task)
{
	check_stack(task);
	push_ready(task);
	acti_coroutine_switch(&task->coroutine, &task->scheduler->loop);
}

/* A timer that wakes one task. */
struct alarm {
	struct acti_timer timer;
	struct acti_list sleeper; /* who has nothing else to wait for */
	struct acti_task *task;
	bool rang;
};

static void
ring(struct acti_timer *timer)
{
	struct alarm *alarm = acti_container_of(timer, struct alarm, timer);

	alarm->rang = true;
	acti_wake(alarm->task);
}

static void
alarm_start(struct alarm *alarm, struct acti_task *task, uint64_t deadline_ns)
{
	struct acti_os *os = task->scheduler->os;

	*alarm = (struct alarm){ .timer.expired = ring, .task = task };
	os->ops->timer_start(os, &alarm->timer, deadline_ns);
}

bool
acti_wait_shielded_until(struct acti_list *queue, acti_tell_fn *place, uint64_t deadline_ns)
{
	struct acti_task *task = thread.task;
	struct acti_os *os = task->scheduler->os;
	struct alarm alarm;

	alarm_start(&alarm, task, deadline_ns);
	suspend(task, queue, place, false);
	os->ops->timer_stop(os, &alarm.timer);
	return !alarm.rang;
}

static void
sleeping(struct acti_view *view, const struct acti_task *task)
{
	const struct alarm *alarm = acti_container_of(task->queue, struct alarm, sleeper);

	if (alarm->timer.deadline_ns > UINT64_MAX - 2 * ACTI_NS_PER_MS) { /* as late as can be */
		acti_view_add(view, "sleeps until it is cancelled");
		return;
	}
	acti_view_add(view, "sleeps, ");
	acti_view_add_ms_until(view, alarm->timer.deadline_ns);
	acti_view_add(view, " left");
}

int
actor_sleep_ms(uint64_t ms)
{
	struct acti_task *task = thread.task;
	struct alarm alarm;
	struct acti_os *os;
	int rc = 0;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	os = task->scheduler->os;
	alarm_start(&alarm, task, acti_deadline_after_ms(os, ms));
	acti_list_init(&alarm.sleeper);
	while (rc == 0 && !alarm.rang)
		rc = acti_wait(&alarm.sleeper, sleeping);
	os->ops->timer_stop(os, &alarm.timer);
	return rc;
}

int
actor_checkpoint(void)
{
	struct acti_task *task = thread.task;
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	rc = acti_scope_check(task->scope, task);
	if (rc != 0)
		return rc;
	acti_task_yield(task);
	return acti_scope_check(task->scope, task);
}

/* ---- memory and errors of the running task ---- */

void *
actor_alloc(size_t size)
{
	struct acti_task *task = thread.task;

	return task != NULL ? acti_pool_allocate(&task->scheduler->pool, &task->blocks, size) : NULL;
}

void *
actor_calloc(size_t count, size_t size)
{
	size_t total;
	void *block = __builtin_mul_overflow(count, size, &total) ? NULL : actor_alloc(total);

	return block != NULL ? memset(block, 0, total) : NULL;
}

char *
actor_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = actor_alloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void
actor_free(const void *memory)
{
	struct acti_task *task = thread.task;

	if (task != NULL)
		acti_pool_release(&task->scheduler->pool, (void *)(uintptr_t)memory);
}

/* Who asks outside a task gets an answer too: which actor was here, if one was. */
static const struct actor_error *
no_runtime(void)
{
	char name[ACTI_UID_TEXT_SIZE];

	acti_error_init(&thread.error);
	acti_error_set(NULL, &thread.error, ACTOR_ENORUNTIME,
	               thread.ended.name[0] != '\0' ? "the actor %s has ended: call this in a task, below actor_main()"
	                                            : "%scall this in a task, below actor_main()",
	               thread.ended.name[0] != '\0' ? acti_uid_text(&thread.ended, name) : "");
	return &thread.error;
}

const struct actor_error *
actor_error_last(void)
{
	struct acti_task *task = thread.task;

	if (task == NULL)
		return no_runtime();
	return task->error.code != 0 ? &task->error : NULL;
}

int
acti_fail(int code, const char *format, ...)
{
	struct acti_task *task = thread.task;
	va_list arguments;

	if (task == NULL)
		return code;
	va_start(arguments, format);
	acti_error_set_list(&task->scheduler->errors, &task->error, code, format, arguments);
	va_end(arguments);
	return code;
}

int
actor_fail_at(enum actor_code code, const char *function, const char *file, int line, const char *format, ...)
{
	struct acti_task *task = thread.task;
	char message[ACTI_ERROR_MESSAGE_SIZE], place[PLACE_SIZE];
	va_list arguments;
	size_t size;

	if (task == NULL)
		return (int)code;
	snprintf(place, sizeof place, " (%.60s() at %.80s:%d)", function, file, line);
	size = sizeof message - strlen(place); /* a long text is cut, not the place */
	va_start(arguments, format);
	vsnprintf(message, size, format, arguments);
	va_end(arguments);
	size = acti_utf8_whole(message, strlen(message));
	return acti_fail((int)code, "%.*s%s", (int)size, message, place);
}

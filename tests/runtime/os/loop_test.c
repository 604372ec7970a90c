/* SPDX-License-Identifier: BSD-2-Clause */

/* The loop of the Linux seam: turns, timers, descriptors, signals; and byte streams, which it watches. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS 1000000u
#define TIMERS_MAX 32

/* One actor's side of the loop: what its turn does, and what has happened. */
struct fixture {
	struct acti_os *os;
	unsigned turns;
	unsigned more_turns;                      /* how often the turn says that there is more */
	void (*on_turn)(struct fixture *fixture); /* may be NULL */
	int fd;
	ssize_t read_count;
	unsigned readiness; /* of all calls of ready */
	unsigned ready_count;
	unsigned stop_at; /* the call of ready that stops the loop */
	struct acti_watch watch;
};

static struct acti_os *
new_os(void)
{
	struct acti_os *os = NULL;
	const char *step = NULL;
	int rc = acti_os_linux_new(&os, &step);

	cr_assert_eq(rc, 0, "%s: %d", step, rc);
	return os;
}

static bool
turn(void *argument)
{
	struct fixture *fixture = argument;

	fixture->turns++;
	if (fixture->on_turn != NULL)
		fixture->on_turn(fixture);
	return fixture->turns <= fixture->more_turns;
}

static void
run(struct fixture *fixture)
{
	cr_assert_eq(fixture->os->ops->loop_run(fixture->os, turn, fixture), 0);
}

static void
stop(struct fixture *fixture)
{
	fixture->os->ops->loop_stop(fixture->os);
}

/* A timer that notes when it came. */
struct noted {
	struct acti_timer timer;
	struct fixture *fixture;
	struct log {
		unsigned count;
		struct noted *order[TIMERS_MAX];
	} * log;
	uint64_t came_ns;
	bool stops;
};

static void
expired(struct acti_timer *timer)
{
	struct noted *noted = acti_container_of(timer, struct noted, timer);

	noted->came_ns = timer->os->ops->now_ns(timer->os);
	cr_assert_geq(noted->came_ns, timer->deadline_ns, "early by %lu ns", timer->deadline_ns - noted->came_ns);
	cr_assert_lt(noted->log->count, TIMERS_MAX);
	noted->log->order[noted->log->count++] = noted;
	if (noted->stops)
		stop(noted->fixture);
}

static void
start(struct fixture *fixture, struct noted *noted, struct log *log, uint64_t deadline_ns)
{
	*noted = (struct noted){ .timer.expired = expired, .fixture = fixture, .log = log, .stops = noted->stops };
	fixture->os->ops->timer_start(fixture->os, &noted->timer, deadline_ns);
}

static uint64_t
now(struct fixture *fixture)
{
	return fixture->os->ops->now_ns(fixture->os);
}

/* ---- timers ---------------------------------------------------------------------------------------------------- */

Test(loop, timers_fire_in_the_order_of_their_deadlines_and_never_early)
{
	struct fixture fixture = { .os = new_os() };
	struct noted timers[20] = { 0 };
	struct log log = { 0 };
	uint64_t start_ns = now(&fixture);

	for (unsigned i = 0; i < 20; i++) {
		unsigned place = i * 7 % 20; /* some order other than that of the deadlines */

		timers[place].stops = place == 19;
		start(&fixture, &timers[place], &log, start_ns + place * MS / 3);
	}
	run(&fixture);
	cr_assert_eq(log.count, 20);
	for (unsigned i = 0; i < 20; i++)
		cr_assert_eq(log.order[i], &timers[i], "%u", i);
	acti_os_linux_free(fixture.os);
}

static void
spin(struct fixture *fixture, uint64_t ns)
{
	uint64_t end_ns = now(fixture) + ns;

	while (now(fixture) < end_ns)
		continue;
}

struct long_turn {
	struct fixture fixture;
	struct noted early, late, past;
	struct log log;
};

static void
start_around_work(struct fixture *fixture)
{
	struct long_turn *test = acti_container_of(fixture, struct long_turn, fixture);
	uint64_t start_ns = now(fixture);

	if (fixture->turns > 1)
		return;
	start(fixture, &test->early, &test->log, start_ns + 15 * MS);
	spin(fixture, 10 * MS);
	start(fixture, &test->late, &test->log, start_ns + 20 * MS);
	spin(fixture, 15 * MS);
	start(fixture, &test->past, &test->log, start_ns + 5 * MS);
}

/* libev's clock stands still during a turn, at the end of which all three are due. */
Test(loop, a_timer_started_after_long_work_is_neither_early_nor_out_of_order)
{
	struct long_turn test = { .fixture = { .os = new_os(), .on_turn = start_around_work } };

	test.late.stops = true;
	run(&test.fixture);
	cr_assert_eq(test.log.count, 3);
	cr_assert_eq(test.log.order[0], &test.past);
	cr_assert_eq(test.log.order[1], &test.early);
	cr_assert_eq(test.log.order[2], &test.late);
	acti_os_linux_free(test.fixture.os);
}

Test(loop, a_timer_whose_time_is_past_fires_without_a_wait)
{
	struct fixture fixture = { .os = new_os() };
	struct noted past = { .stops = true };
	struct log log = { 0 };
	uint64_t fastest_ns = UINT64_MAX;

	for (unsigned i = 0; i < TIMERS_MAX; i++) { /* many, since any one may be held up by other processes */
		uint64_t start_ns = now(&fixture);

		start(&fixture, &past, &log, i % 2 == 0 ? 0 : start_ns);
		run(&fixture);
		if (past.came_ns - start_ns < fastest_ns)
			fastest_ns = past.came_ns - start_ns;
	}
	cr_assert_eq(log.count, TIMERS_MAX);
	cr_assert_lt(fastest_ns, MS, "a millisecond is the shortest wait");
	acti_os_linux_free(fixture.os);
}

Test(loop, a_timer_without_end_neither_fires_nor_hinders_others)
{
	struct fixture fixture = { .os = new_os() };
	struct noted never = { 0 }, far = { 0 }, soon = { .stops = true };
	struct log log = { 0 };

	start(&fixture, &never, &log, UINT64_MAX);
	start(&fixture, &far, &log, UINT64_MAX / 2);
	start(&fixture, &soon, &log, now(&fixture) + 2 * MS);
	run(&fixture);
	cr_assert_eq(log.count, 1);
	cr_assert_eq(log.order[0], &soon);
	fixture.os->ops->timer_stop(fixture.os, &never.timer);
	fixture.os->ops->timer_stop(fixture.os, &far.timer);
	acti_os_linux_free(fixture.os);
}

Test(loop, a_timer_can_be_moved_and_stopped)
{
	struct fixture fixture = { .os = new_os() };
	struct noted moved = { 0 }, stopped = { 0 }, fresh = { 0 }, last = { .stops = true };
	struct log log = { 0 };
	uint64_t start_ns = now(&fixture);

	fixture.os->ops->timer_stop(fixture.os, &fresh.timer);
	start(&fixture, &moved, &log, start_ns + 1 * MS);
	start(&fixture, &stopped, &log, start_ns + 2 * MS);
	start(&fixture, &last, &log, start_ns + 6 * MS);
	fixture.os->ops->timer_start(fixture.os, &moved.timer, start_ns + 4 * MS);
	fixture.os->ops->timer_stop(fixture.os, &stopped.timer);
	fixture.os->ops->timer_stop(fixture.os, &stopped.timer);
	run(&fixture);
	cr_assert_eq(log.count, 2);
	cr_assert_eq(log.order[0], &moved);
	cr_assert_geq(moved.came_ns, start_ns + 4 * MS);
	acti_os_linux_free(fixture.os);
}

/* ---- turns ----------------------------------------------------------------------------------------------------- */

Test(loop, stopping_in_a_turn_ends_the_loop_before_it_waits)
{
	struct fixture fixture = { .os = new_os(), .on_turn = stop };

	run(&fixture);
	cr_assert_eq(fixture.turns, 1);
	run(&fixture); /* and it can be run again */
	cr_assert_eq(fixture.turns, 2);
	acti_os_linux_free(fixture.os);
}

Test(loop, stopping_in_a_callback_ends_the_loop_without_another_turn)
{
	struct fixture fixture = { .os = new_os() };
	struct noted timer = { .stops = true };
	struct log log = { 0 };

	start(&fixture, &timer, &log, 0);
	run(&fixture);
	cr_assert_eq(log.count, 1);
	cr_assert_eq(fixture.turns, 1);
	acti_os_linux_free(fixture.os);
}

/* ---- descriptors ----------------------------------------------------------------------------------------------- */

static void
ready(struct acti_watch *watch, unsigned readiness)
{
	struct fixture *fixture = acti_container_of(watch, struct fixture, watch);
	char byte;

	fixture->readiness |= readiness;
	fixture->ready_count++;
	if ((readiness & ACTI_READABLE) != 0)
		fixture->read_count = watch->os->ops->read(watch->os, fixture->fd, &byte, 1);
	if (fixture->ready_count == fixture->stop_at)
		stop(fixture);
}

/* Watches one end of a new pair; gives the other. */
static int
watch_pair(struct fixture *fixture, unsigned readiness)
{
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	fixture->fd = pair[0];
	fixture->stop_at = 1;
	fixture->watch = (struct acti_watch){ .ready = ready };
	cr_assert_eq(fixture->os->ops->watch_start(fixture->os, &fixture->watch, fixture->fd, readiness), 0);
	return pair[1];
}

static void
end_pair(struct fixture *fixture, int other)
{
	fixture->os->ops->watch_stop(fixture->os, &fixture->watch);
	fixture->os->ops->watch_stop(fixture->os, &fixture->watch);
	fixture->os->ops->close(fixture->os, fixture->fd);
	fixture->os->ops->close(fixture->os, other);
}

Test(loop, a_descriptor_is_ready_when_there_is_something_to_read)
{
	struct fixture fixture = { .os = new_os() };
	int other = watch_pair(&fixture, ACTI_READABLE);

	cr_assert_eq(write(other, "x", 1), 1);
	run(&fixture);
	cr_assert_eq(fixture.readiness, ACTI_READABLE);
	cr_assert_eq(fixture.read_count, 1);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

Test(loop, a_descriptor_is_ready_to_read_when_its_peer_has_closed)
{
	struct fixture fixture = { .os = new_os() };
	int other = watch_pair(&fixture, ACTI_READABLE);

	cr_assert_eq(shutdown(other, SHUT_WR), 0);
	fixture.read_count = -1;
	run(&fixture);
	cr_assert_eq(fixture.readiness, ACTI_READABLE);
	cr_assert_eq(fixture.read_count, 0);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

static void
want_write_in_the_second_turn(struct fixture *fixture)
{
	if (fixture->turns == 2)
		fixture->os->ops->watch_change(fixture->os, &fixture->watch, ACTI_READABLE | ACTI_WRITABLE);
}

Test(loop, a_change_of_interest_takes_effect)
{
	struct fixture fixture = { .os = new_os(), .on_turn = want_write_in_the_second_turn, .more_turns = 1 };
	int other = watch_pair(&fixture, ACTI_READABLE);

	run(&fixture);
	cr_assert_eq(fixture.readiness, ACTI_WRITABLE);
	cr_assert_eq(fixture.turns, 2);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

static void
stop_in_the_third_turn(struct fixture *fixture)
{
	if (fixture->turns == 3)
		stop(fixture);
}

Test(loop, nothing_is_reported_that_is_not_of_interest)
{
	struct fixture fixture = { .os = new_os(), .on_turn = stop_in_the_third_turn, .more_turns = 3 };
	int other = watch_pair(&fixture, ACTI_READABLE | ACTI_WRITABLE);

	fixture.os->ops->watch_change(fixture.os, &fixture.watch, 0);
	cr_assert_eq(write(other, "x", 1), 1);
	run(&fixture);
	cr_assert_eq(fixture.ready_count, 0);

	fixture.on_turn = NULL;
	fixture.os->ops->watch_change(fixture.os, &fixture.watch, ACTI_READABLE);
	run(&fixture);
	cr_assert_eq(fixture.readiness, ACTI_READABLE);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

/* An actor that always has more to run still hears its peers. */
Test(loop, events_arrive_while_every_turn_says_that_there_is_more)
{
	struct fixture fixture = { .os = new_os(), .more_turns = UINT32_MAX };
	int other = watch_pair(&fixture, ACTI_READABLE);

	cr_assert_eq(write(other, "x", 1), 1);
	run(&fixture);
	cr_assert_eq(fixture.read_count, 1);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

static void
close_behind(struct fixture *fixture)
{
	if (fixture->read_count != 0)
		stop(fixture); /* what was reported in the third turn has a fourth */
	if (fixture->turns == 2)
		cr_assert_eq(close(fixture->fd), 0);
	if (fixture->turns == 3)
		fixture->os->ops->watch_change(fixture->os, &fixture->watch, ACTI_READABLE | ACTI_WRITABLE);
}

/* robustness: C7 */
Test(loop, a_descriptor_that_was_closed_behind_it_is_reported_as_ready_and_fails_to_read)
{
	struct fixture fixture = { .os = new_os(), .on_turn = close_behind, .more_turns = 2 };
	int other = watch_pair(&fixture, ACTI_READABLE);

	fixture.stop_at = 0;
	run(&fixture);
	cr_assert_eq(fixture.read_count, -EBADF);
	cr_assert_eq(fixture.turns, 4);
	fixture.os->ops->watch_stop(fixture.os, &fixture.watch);
	close(other);
	acti_os_linux_free(fixture.os);
}

/* robustness: C7 */
Test(loop, a_number_that_is_used_again_reports_only_the_new_descriptor)
{
	struct fixture fixture = { .os = new_os(), .on_turn = stop_in_the_third_turn, .more_turns = 3 };
	int other = watch_pair(&fixture, ACTI_READABLE);
	int old_fd = fixture.fd, old_other = dup(other), duplicate = dup(old_fd); /* keeps the old one in epoll */

	run(&fixture);
	end_pair(&fixture, other);
	other = watch_pair(&fixture, ACTI_READABLE);
	cr_assert_eq(fixture.fd, old_fd);
	cr_assert_eq(write(old_other, "x", 1), 1);
	fixture.turns = 0;
	run(&fixture);
	cr_assert_eq(fixture.ready_count, 0);

	fixture.on_turn = NULL;
	cr_assert_eq(write(other, "x", 1), 1);
	run(&fixture);
	cr_assert_eq(fixture.read_count, 1);
	close(old_other);
	close(duplicate);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

/* robustness: C8 */
Test(loop, large_descriptor_numbers_can_be_watched)
{
	struct fixture fixture = { .os = new_os() };
	int other = watch_pair(&fixture, 0), small = fixture.fd, large;
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	large = limit.rlim_cur > 70000 ? 70000 : (int)limit.rlim_cur - 1;
	cr_assert_gt(large, 1023);
	fixture.fd = fcntl(small, F_DUPFD_CLOEXEC, large);
	cr_assert_eq(fixture.fd, large);
	fixture.os->ops->watch_stop(fixture.os, &fixture.watch);
	cr_assert_eq(fixture.os->ops->watch_start(fixture.os, &fixture.watch, large, ACTI_READABLE), 0);
	cr_assert_eq(write(other, "x", 1), 1);
	run(&fixture);
	cr_assert_eq(fixture.read_count, 1);
	close(small);
	end_pair(&fixture, other);
	acti_os_linux_free(fixture.os);
}

/* ---- byte streams ---------------------------------------------------------------------------------------------- */

/* robustness: B2 */
Test(streams, writing_to_a_peer_that_is_gone_is_an_error_and_no_signal)
{
	struct acti_os *os = new_os();
	int pair[2];

	signal(SIGPIPE, SIG_DFL); /* what user code may do: a socket must not depend on it */
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	cr_assert_eq(os->ops->write(os, pair[0], "x", 1), -EPIPE);
	acti_os_linux_free(os);
}

Test(streams, neither_reading_nor_writing_blocks_even_on_a_blocking_socket)
{
	struct acti_os *os = new_os();
	char block[65536] = { 0 };
	ssize_t count = 1;
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_assert_eq(os->ops->read(os, pair[0], block, sizeof(block)), -EAGAIN);
	while (count > 0)
		count = os->ops->write(os, pair[0], block, sizeof(block));
	cr_assert_eq(count, -EAGAIN);
	close(pair[0]);
	while ((count = os->ops->read(os, pair[1], block, sizeof(block))) > 0)
		continue;
	cr_assert_eq(count, 0);
	cr_assert_eq(os->ops->read(os, -1, block, 1), -EBADF);
	acti_os_linux_free(os);
}

/* robustness: C7 */
Test(streams, what_is_no_socket_is_neither_read_nor_written)
{
	struct acti_os *os = new_os();
	int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char byte;

	cr_assert_geq(file, 0);
	cr_assert_eq(os->ops->write(os, file, "x", 1), -ENOTSOCK);
	cr_assert_eq(os->ops->read(os, file, &byte, 1), -ENOTSOCK);
	cr_assert_eq(lseek(file, 0, SEEK_END), 0);
	close(file);
	acti_os_linux_free(os);
}

/* ---- signals --------------------------------------------------------------------------------------------------- */

struct signal_test {
	struct fixture fixture;
	struct acti_signal signal;
	unsigned raised;
};

static void
raised(struct acti_signal *signal)
{
	struct signal_test *test = acti_container_of(signal, struct signal_test, signal);

	test->raised++;
	stop(&test->fixture);
}

static bool
is_blocked(int number)
{
	sigset_t blocked;

	cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
	return sigismember(&blocked, number) == 1;
}

Test(signals, a_signal_is_an_event_of_the_loop)
{
	struct signal_test test = { .fixture.os = new_os(), .signal.raised = raised };
	struct acti_os *os = test.fixture.os;

	for (unsigned round = 1; round <= 2; round++) {
		cr_assert_eq(os->ops->signal_start(os, &test.signal, SIGTERM), 0);
		cr_assert_eq(raise(SIGTERM), 0);
		run(&test.fixture);
		cr_assert_eq(test.raised, round);
		os->ops->signal_stop(os, &test.signal);
		cr_assert(!is_blocked(SIGTERM));
	}
	acti_os_linux_free(os);
}

Test(signals, a_number_that_is_no_signal_is_refused)
{
	struct signal_test test = { .fixture.os = new_os(), .signal.raised = raised };
	struct acti_os *os = test.fixture.os;

	cr_assert_eq(os->ops->signal_start(os, &test.signal, 0), -EINVAL);
	cr_assert_eq(os->ops->signal_start(os, &test.signal, NSIG), -EINVAL);
	os->ops->signal_stop(os, &test.signal);
	acti_os_linux_free(os);
}

/* After the last word of an actor, its main() may raise the signal once more, to end by it. */
Test(signals, after_the_end_a_signal_has_its_default_effect_again, .signal = SIGINT)
{
	struct signal_test test = { .fixture.os = new_os(), .signal.raised = raised };
	struct acti_os *os = test.fixture.os;

	cr_assert_eq(os->ops->signal_start(os, &test.signal, SIGINT), 0);
	cr_assert_eq(raise(SIGINT), 0);
	run(&test.fixture);
	os->ops->signal_stop(os, &test.signal);
	acti_os_linux_free(os);
	raise(SIGINT);
}

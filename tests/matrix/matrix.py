#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: matrix.py PROGRAM [--full] [--sanitized] [--jobs N] [--outcomes] [SCENARIO...]
       matrix.py PROGRAM --replay SCENARIO VICTIM FAULT

The kill matrix.  PROGRAM (scenario.c) plays a small tree of real processes.  Each scenario is played again and again, and
each time one process of it is hurt by strace: killed at its 1st, 2nd, 3rd ... system call until the scenario outlasts
that, or one system call of it fails with each error that the manual knows for it, wherever it is made.

After each run: the root has ended in time, and told an outcome that is allowed; nothing is left, no process (we are their
subreaper), descriptor or file.  Without --full only a part of it is done, the same each time.  A failure prints the
command that replays it.  --outcomes tells how often there was which.  --sanitized: what a sanitizer cannot live through
is left out.
"""

import argparse
import collections
import concurrent.futures
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PR_SET_CHILD_SUBREAPER = 36

HANG_S = 12  # the root: the timeout of a start, then a whole ladder, on a busy machine
ALONE_S = 1  # the rest of the tree, once the root is dead
SAMPLES = 32  # of each scenario
SAMPLES_SANITIZED = 8

RAISED = r"error ERAISED/%s/-1"
PEER_GONE = r"error EPEERGONE/%s/9"

# rows A2, A6, A7, A9, A10, A11, A13, A14, A15, B7, C2, C3 and N1 of the faults that are to be survived are among these runs.
# shows: SP-22, SP-28, SP-29, PR-15, TD-14
#
# How each scenario ends when nobody is hurt, and who there is besides the root.
SCENARIOS = {
    "only_spawn": (r"result 0", ["worker"]),
    "call": (r"result 5", ["worker"]),
    "call_by_name": (r"result 5", ["worker"]),
    "calls_at_once": (r"result 40", ["worker"]),
    "nested_call": (r"result 5", ["middle", "leaf"]),
    "cancel_of_a_call": (r"result 5", ["worker"]),
    "deadline": (r"result 1", ["worker"]),
    "deadline_below": (r"result 1", ["middle", "leaf"]),
    "cancel_of_a_spawn": (r"result 0", ["worker"]),
    "cancel_of_an_actor": (r"result 0", ["worker"]),
    "teardown": (r"result 5", ["worker"]),
    "one_shot": (r"result 5", ["worker"]),
    "one_shot_that_fails": (RAISED % "worker", ["worker"]),
    "module_that_is_missing": (r"error ENOMODULE/worker/256", []),
    "state_that_does_not_open": (r"error EINVAL/worker/256", ["worker"]),
    "file_that_is_missing": (r"error ESPAWN/root/-1", []),
    "endpoint_that_fails": (RAISED % "worker", ["worker"]),
    "error_over_two_hops": (RAISED % "leaf", ["middle", "leaf"]),
    "parent_that_is_killed": (PEER_GONE % "root", ["middle", "leaf"]),
    "child_that_is_killed": (PEER_GONE % "middle", ["middle", "leaf"]),
    "interrupt": (r"error ECANCELED/root/-1", ["worker"]),
    "lookup": (r"result 5", ["worker", "other"]),
}

# Where the actors have sockets with names.  What somebody who was hurt leaves of them must not keep the next tree from
# using the same place: so it is played once more, there, and must go well then.
WITH_NAMES = {"lookup"}

# What a cancelled actor may answer instead of 0: that it did not acknowledge (ACTOR_NO_ACK).
ALSO_GOOD = {"cancel_of_an_actor": r"result 2"}

# Where the deadline may have passed as well.
TIMED = dict.fromkeys(["deadline", "deadline_below", "cancel_of_a_spawn", "lookup"], {"EDEADLINE"})

# Errors that the manual pages know, where they can happen to a program that makes no mistake.  close() is left out, as
# strace would not close; so is ECHILD of waitid(), as strace would not reap.  brk() is not told by its error: it gives
# another address than was asked for.
ERRORS = {
    "brk": ["retval=0"],
    "mmap": ["ENOMEM"],
    "mprotect": ["ENOMEM"],
    "socketpair": ["EMFILE", "ENFILE", "ENOMEM"],
    "clone": ["EAGAIN", "ENOMEM"],
    "clone3": ["EAGAIN", "ENOMEM"],
    "pidfd_open": ["EMFILE", "ENFILE", "ENOMEM"],
    "epoll_create1": ["EMFILE", "ENFILE", "ENOMEM"],
    "epoll_ctl": ["ENOMEM", "ENOSPC"],
    "epoll_wait": ["EINTR"],
    "epoll_pwait": ["EINTR"],
    "epoll_pwait2": ["EINTR"],
    "eventfd2": ["EMFILE", "ENFILE", "ENOMEM"],
    "timerfd_create": ["EMFILE", "ENFILE", "ENOMEM"],
    "timer_create": ["EAGAIN", "ENOMEM"],
    "memfd_create": ["EMFILE", "ENFILE", "ENOMEM"],
    "ftruncate": ["EINTR", "ENOSPC"],
    "sigaltstack": ["ENOMEM"],
    "signalfd4": ["EMFILE", "ENFILE", "ENOMEM"],
    "openat": ["EMFILE", "ENFILE", "ENOMEM", "EACCES"],
    "fcntl": ["EMFILE"],
    "recvfrom": ["EINTR", "EAGAIN", "ECONNRESET", "ENOMEM"],
    "recvmsg": ["EINTR", "EAGAIN", "ECONNRESET", "ENOMEM"],
    "read": ["EINTR"],
    "sendto": ["EINTR", "EAGAIN", "ENOBUFS", "ENOMEM", "EPIPE", "ECONNRESET"],
    "sendmsg": ["EINTR", "EAGAIN", "ENOBUFS", "ENOMEM", "EPIPE", "ECONNRESET"],
    "writev": ["EINTR", "EAGAIN", "EPIPE", "ENOSPC"],
    "write": ["EINTR", "EAGAIN", "EPIPE", "ENOSPC"],
    "pwritev2": ["EINTR", "EAGAIN", "EPIPE", "ENOSPC"],
    "waitid": ["EINTR"],
    "pidfd_send_signal": ["ESRCH"],
    "getrandom": ["EINTR"],
    "socket": ["EMFILE", "ENFILE", "ENOMEM"],
    "bind": ["EADDRINUSE", "EACCES", "ENOSPC", "EROFS"],
    "listen": ["EADDRINUSE"],
    "accept4": ["EINTR", "ECONNABORTED", "EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"],
    "connect": ["EINTR", "EAGAIN", "ECONNREFUSED", "ENOMEM"],
    "flock": ["EINTR", "ENOLCK", "EWOULDBLOCK"],
    "mkdirat": ["ENOSPC", "EROFS", "EACCES"],
    "fchmod": ["EPERM", "EROFS"],
    "unlinkat": ["EACCES", "EROFS", "EBUSY"],
}

# Those of a child between clone and exec, which nobody else makes.  execveat is tried again as execve.
NEWBORN = {
    "setpgid": ["EACCES", "EPERM"],
    "dup2": ["EMFILE", "EINTR"],
    "getppid": [],
    "close_range": ["EMFILE", "ENOMEM"],
    "execveat": ["ENOMEM", "EACCES", "EAGAIN", "ENFILE", "ETXTBSY"],
}

# What an error of the system may become in the end; the scenario's own outcome besides.
NAME_CODES = {"ELISTEN", "ENOREGISTRAR", "EDEADLINE"}
SYSTEM_CODES = {"ENOMEM", "ESPAWN", "EPEERGONE", "ECANCELED", "ECLOSED", "EDEADLINE", "EGROUP"}
DEATH_CODES = {"EPEERGONE", "ECANCELED", "ECLOSED", "EGROUP"}
CRASHES = {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP}
COMPLAINTS = re.compile(r"[Aa]ssert|Sanitizer|runtime error:|left behind|libev|\*\*\* |corrupted|BUG")

Run = collections.namedtuple("Run", "scenario victim fault")
Result = collections.namedtuple("Result", "status outcome errors left seconds after_s log")


# ---- one run ----


def strace_arguments(run, log):
    if not run.fault:
        return ["-o", log]
    which = run.fault.split(":")[0]
    return ["-o", log, "-e", f"trace={which}", "-e", f"inject={run.fault}"]


def command(program, run, log):
    """(arguments, environment)"""
    if run.victim == "root":
        return ["strace", *strace_arguments(run, log), program, run.scenario], {}
    if run.victim == "newborn":
        return ["strace", "-f", "-b", "execve", *strace_arguments(run, log), program, run.scenario], {}
    return [program, run.scenario], {"MATRIX_VICTIM": run.victim, "MATRIX_STRACE": " ".join(strace_arguments(run, log))}


def processes():
    """pid -> (parent, state, name)"""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
        found[int(stat.parent.name)] = (int(rest[1]), rest[0], name)
    return found


def descendants():
    found, ours = processes(), {os.getpid()}
    while True:
        more = {pid for pid, (parent, _, _) in found.items() if parent in ours and pid not in ours}
        if not more:
            break
        ours |= more
    return {pid: found[pid] for pid in ours - {os.getpid()}}


def end_all():
    """What is left of a tree, and the end of it."""
    left = descendants()
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return [f"{name} (pid {pid}, {state})" for pid, (_, state, name) in left.items()]


def await_end(limit_s):
    """True: every process that came to us has ended and is reaped."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return True
    return False


def may_stay(run, path):
    return run.scenario in WITH_NAMES and (path.is_dir() or (run.fault and path.suffix in (".sock", ".lock")))


def play_again(program, run, place):
    """What is wrong, in a list, with the next tree in the same place."""
    environment = dict(os.environ, TMPDIR=str(place), HOME=str(place), XDG_RUNTIME_DIR=str(place))
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:  # where pwrite() works
        subprocess.run(
            [program, run.scenario], cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, timeout=HANG_S
        )
        out.seek(0)
        errors.seek(0)
        said = out.read()
        if re.search(SCENARIOS[run.scenario][0], said):
            return []
        return [f"what the next tree in that place could not cope with: {said}{errors.read()}"]


def play(program, run):
    with tempfile.TemporaryDirectory(prefix="matrix-") as scratch:
        place = pathlib.Path(scratch, "place")
        place.mkdir()
        log = str(pathlib.Path(scratch, "log"))
        arguments, more = command(program, run, log)
        environment = dict(os.environ, TMPDIR=str(place), HOME=str(place), XDG_RUNTIME_DIR=str(place), **more)
        with open(f"{scratch}/out", "w+b") as out, open(f"{scratch}/errors", "w+b") as errors:
            began = time.monotonic()
            child = subprocess.Popen(
                arguments, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors
            )
            left = []
            try:
                status = child.wait(HANG_S)
            except subprocess.TimeoutExpired:
                left.append("the root still runs")
                status = None
            ended = time.monotonic()
            if status is None or not await_end(ALONE_S):
                left += end_all()
                if status is None:
                    child.returncode = -signal.SIGKILL  # reaped by end_all()
            after = time.monotonic()
            left += [f"the file {path.name}" for path in place.rglob("*") if not may_stay(run, path)]
            if run.scenario in WITH_NAMES and not left:
                left += play_again(program, run, place)
            out.seek(0)
            errors.seek(0)
            return Result(
                status,
                out.read().decode(errors="replace"),
                errors.read().decode(errors="replace"),
                left,
                ended - began,
                after - ended,
                pathlib.Path(log).read_text(errors="replace") if os.path.exists(log) else "",
            )


# ---- what it should have been ----


def tokens(line):
    return [(code, origin, int(status)) for code, origin, status in re.findall(r"([A-Z]+)/([\w.-]+)/(-?\d+)", line)]


def judge_error(run, good, line):
    """None: this error may come of the fault."""
    kills = "signal=" in run.fault
    codes = DEATH_CODES | TIMED.get(run.scenario, set()) if kills else SYSTEM_CODES
    known = {code for code, _, _ in tokens(good)}
    if run.scenario in WITH_NAMES:
        known |= NAME_CODES
    if run.scenario in ("deadline", "deadline_below", "cancel_of_a_spawn"):
        known.add("EDEADLINE")  # absorbed when it is alone
    for code, _, status in tokens(line):
        if code not in codes | known:
            return f"{code} is not what came to pass"
        if status >= 0 and status & 0x7F in CRASHES:
            return f"a process crashed: wait status {status}"
    if kills and run.victim != "newborn" and not any(status == signal.SIGKILL for _, _, status in tokens(line)):
        return "nothing says that it was killed"
    return None


def judge(run, result):
    """None, or what is wrong."""
    good = SCENARIOS[run.scenario][0]
    if result.left:
        return "left: " + ", ".join(result.left)
    complaint = COMPLAINTS.search(result.errors)
    if complaint:
        return f"stderr has {complaint[0]!r}"
    lines = result.outcome.splitlines()
    said = next((line for line in lines if line.startswith(("result", "error"))), None)
    counts = next((line.split()[1:] for line in lines if line.startswith("descriptors")), None)
    if counts and "-1" not in counts and counts[0] != counts[1]:
        return f"descriptors: {counts[0]} before, {counts[1]} after"
    if run.victim == "root" and "signal=" in run.fault and result.status == -signal.SIGKILL:
        return None if said is None or re.fullmatch(good, said) else f"a wrong outcome: {said}"
    if said is None:
        if run.victim == "root" and result.status == 1 and result.errors:
            return None  # it could not start, and said so
        return f"no outcome; the root's status is {result.status}"
    if result.status != (-signal.SIGINT if run.scenario == "interrupt" else 0):
        if not (run.scenario == "interrupt" and result.status == 0):
            return f"the root's status is {result.status}"
    if re.fullmatch(good, said) or re.fullmatch(ALSO_GOOD.get(run.scenario, "-"), said):
        return None
    if not run.fault:
        return f"a wrong outcome: {said}"
    if said.startswith("result"):
        return f"a wrong result: {said}"
    return judge_error(run, good, said)


# ---- which runs there are ----


def calls(log):
    """(name, line) of the system calls in a log of strace"""
    return [(line[: line.index("(")], line) for line in log.splitlines() if re.match(r"\w+\(", line)]


def failure(name, error, when):
    return f"{name}:{error if '=' in error else f'error={error}'}:when={when}"


def faults(log):
    """Those of one victim, from how it was without: each call, and each error of each call that has one."""
    made = calls(log)
    begin = next((i for i, (_, line) in enumerate(made) if "main begins" in line), 0)
    found, seen = [], collections.Counter()
    for i, (name, line) in enumerate(made):
        seen[name] += 1
        if i <= begin or (name == "fcntl" and "F_DUPFD" not in line):
            continue
        if name == "epoll_ctl" and seen[name] == 1:
            continue  # of libev's signalfd, which libev neither checks nor closes then
        found += [failure(name, error, seen[name]) for error in ERRORS.get(name, [])]
    return begin, len(made), found


def all_runs(program, names):
    runs, broken = [], []
    for scenario in names:
        for victim in ["root", *SCENARIOS[scenario][1]]:
            plain = Run(scenario, victim, "")
            result = play(program, plain)
            wrong = judge(plain, result)
            if wrong:
                broken.append((plain, wrong, result))
                continue
            begin, count, errors = faults(result.log)
            first = begin + 1 if victim == "root" else 1  # a root that dies before main() is nobody's
            runs += [Run(scenario, victim, f"all:signal=SIGKILL:when={n}") for n in range(first, count + 4)]
            runs += [Run(scenario, victim, fault) for fault in errors]
        for call, errors in NEWBORN.items():
            runs.append(Run(scenario, "newborn", f"{call}:signal=SIGKILL:when=1"))
            runs += [Run(scenario, "newborn", failure(call, error, 1)) for error in errors]
    return runs, broken


def sample(runs, per_scenario):
    """The same ones each time: spread over each scenario, and each kind of fault at least once."""
    chosen = []
    for scenario in SCENARIOS:
        of_it = [run for run in runs if run.scenario == scenario]
        step = max(1, len(of_it) / per_scenario)
        chosen += [of_it[int(i * step)] for i in range(min(len(of_it), per_scenario))]

    def kind(run):
        return run.victim in ("root", "newborn"), run.fault.rsplit("=", 1)[0]

    kinds = {kind(run) for run in chosen}
    for run in reversed(runs):
        if kind(run) not in kinds:
            kinds.add(kind(run))
            chosen.append(run)
    return chosen


# ---- all of it ----


def become_subreaper():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def play_and_judge(program, run):
    result = play(program, run)
    return run, judge(run, result), result


def replay_command(program, run):
    here = os.path.relpath(__file__, ROOT)
    return f"{here} {os.path.relpath(program, ROOT)} --replay {run.scenario} {run.victim} {run.fault}"


def tell(program, run, wrong, result):
    print(f"FAILED: {wrong}")
    print(f"  {replay_command(program, run)}")
    for line in (result.outcome + result.errors).splitlines()[:12]:
        print(f"    {line}")


def replay(program, run):
    become_subreaper()
    _, wrong, result = play_and_judge(program, run)
    print(result.log, end="")
    print(result.outcome + result.errors, end="")
    print(f"{result.seconds:.3f} s to the root's end, {result.after_s:.3f} s more to that of all")
    print(f"FAILED: {wrong}" if wrong else "as it should be")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--replay", nargs=3)
    parser.add_argument("--outcomes", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    if not shutil.which("strace"):
        sys.exit("strace is missing: on Debian, apt-get install strace")
    if options.replay:
        return replay(program, Run(*options.replay))

    began = time.monotonic()
    become_subreaper()
    if options.sanitized:
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # which cannot be done to who is traced already
        for call in ("brk", "mmap", "mprotect", "sigaltstack"):
            del ERRORS[call]
    runs, failed = all_runs(program, options.scenarios or SCENARIOS)
    if not options.full:
        runs = sample(runs, SAMPLES_SANITIZED if options.sanitized else SAMPLES)
    outcomes, slowest, last_end = collections.Counter(), (0, None), (0, None)
    with concurrent.futures.ProcessPoolExecutor(options.jobs, initializer=become_subreaper) as pool:
        for run, wrong, result in pool.map(play_and_judge, [program] * len(runs), runs, chunksize=8):
            said = result.outcome.split("\n")[0] or f"nothing, status {result.status}"
            outcomes[f"{run.scenario:25} {'kill' if 'signal=' in run.fault else 'fail'} {run.victim:8} {said}"] += 1
            slowest = max(slowest, (result.seconds, run))
            last_end = max(last_end, (result.after_s, run))
            if wrong:
                failed.append((run, wrong, result))
    for run, wrong, result in failed:
        tell(program, run, wrong, result)
    if options.outcomes:
        for text, count in sorted(outcomes.items()):
            print(f"{count:5}  {text}")
    print(f"slowest: {slowest[0]:.2f} s: {' '.join(slowest[1])}")
    print(f"last to go after its root: {last_end[0]:.3f} s: {' '.join(last_end[1])}")
    print(f"{len(runs)} runs, {len(failed)} failures, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the client have in common: a daemon in a registry of its own, and what must be true at the end.

A test file is a program: FILE CASE PATH-OF-client_daemon.  Each case is a function that is given a Daemon.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from actor_client import (
    BYE,
    ERROR,
    RETURN,
    Actor,
    Field,
    Frame,
    FrameReader,
    Message,
    RemoteError,
    TEXT,
    Uid,
    UINT,
    SINT,
    BLOB,
    unpack_error,
)

WAIT_S = 10.0  # for what is certain to come; only a failing test waits as long
MODULE = "foreign.Daemon"
ENDPOINTS = ["Echo", "Sleep", "CountSleepers", "Fail", "MakeBig", "Relay"]


class Text(Message):
    FIELDS = {1: Field("text", TEXT)}


class Sleepers(Message):
    FIELDS = {1: Field("asleep", UINT), 2: Field("cancelled", UINT)}


class Size(Message):
    FIELDS = {1: Field("size", UINT)}


class Errand(Message):
    FIELDS = {
        1: Field("actor", TEXT),
        2: Field("module", TEXT),
        3: Field("endpoint", TEXT),
        4: Field("request", BLOB),
    }


class Report(Message):
    FIELDS = {
        1: Field("outcome", SINT),
        2: Field("reply", BLOB),
        3: Field("message", TEXT),
        4: Field("hops", TEXT, repeated=True),
        5: Field("canceller", TEXT),
        6: Field("origin_uuid", TEXT),
    }


def demand(holds, *what):
    if not holds:
        raise AssertionError(" ".join(map(str, what)) or "it does not hold")


def demand_error(code, function, *arguments, **options):
    """The call fails with that code; gives the error."""
    try:
        reply = function(*arguments, **options)
    except RemoteError as error:
        demand(error.code == code, f"{error} instead of {code}")
        return error
    raise AssertionError(f"it gave {reply!r} instead of {code}")


def until(condition, what, timeout=WAIT_S):
    """For what no connection tells: files, processes, descriptors."""
    end = time.monotonic() + timeout
    while not condition():
        demand(time.monotonic() < end, "waited in vain until", what() if callable(what) else what)
        time.sleep(0.002)


daemons = []  # all that were started


class Daemon:
    """client_daemon, ready, as the registrar of `directory` unless one is there already."""

    def __init__(self, program, directory, name="daemon", cancellable=True):
        self.program, self.directory, self.name = program, directory, name
        self.log_path = pathlib.Path(f"{directory}.{name}.log")
        with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(f"{place}/notify")
            notify.settimeout(WAIT_S)
            arguments = [program, "serve", directory, name] + ["cancellable"] * cancellable
            with open(self.log_path, "wb") as log:
                self.process = subprocess.Popen(
                    arguments, stderr=log, env=os.environ | {"NOTIFY_SOCKET": f"{place}/notify"}
                )
            daemons.append(self)
            demand(b"READY=1" in notify.recv(4096), "the daemon says something else than that it is ready")
        own = f"{directory}/{name}@{self.process.pid}.sock"
        self.path = own if os.path.exists(own) else f"{directory}/registry.sock"
        self.address = f"unix:{self.path}"
        self.cancellable = cancellable

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_lines(self, *parts):
        return [line for line in self.log().splitlines() if all(part in line for part in parts)]

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def look(self, until_seen):
        """What it tells on SIGUSR1, up to the line that has `until_seen`."""
        before = len(self.log())
        self.process.send_signal(signal.SIGUSR1)
        until(lambda: until_seen in self.log()[before:].rpartition("\n")[0], f"the daemon tells of {until_seen}")
        return self.log()[before:]

    def bytes_in_use(self):
        """By its own account, which the allocator's habits do not blur."""
        line = self.look("bytes in use").splitlines()[0]
        return int(line.rpartition(" bytes in use")[0].rpartition(" ")[2].replace(",", ""))

    def is_alive(self):
        return self.process.poll() is None

    def demand_exit(self, status=0):
        self.process.wait(WAIT_S)
        demand(self.process.returncode == status, f"the daemon ended with {self.process.returncode}, not {status}")

    def stop(self):
        """In order, so that sanitizers have their say."""
        if not self.cancellable:
            self.process.send_signal(signal.SIGTERM)
            self.demand_exit(-signal.SIGTERM)
            return
        with Actor("boss") as boss:
            boss.connect(self.address).call("self", "cancel")
        self.demand_exit()

    def kill(self):
        if self.is_alive():
            self.process.kill()
            self.process.wait()

    def call_from_c(self, *arguments):
        """Another program, of libactor's: its stdout."""
        done = subprocess.Popen(
            [self.program, "call", self.directory, *arguments], stdout=subprocess.PIPE, text=True
        )
        return done


def echo(connection, text="Is anybody there?"):
    reply = Text.unpack(connection.call(MODULE, "Echo", Text(text=text).pack()))
    demand(reply.text == text, f"the echo of {text!r} is {reply.text!r}")


def count_sleepers(connection):
    return Sleepers.unpack(connection.call(MODULE, "CountSleepers"))


def relay(served, via, name, module, endpoint, request=b""):
    """The daemon `via` finds an actor and calls it.  `served` is ours, and answers meanwhile."""

    def ask():
        with Actor("asker") as asker:
            errand = Errand(actor=name, module=module, endpoint=endpoint, request=request)
            return Report.unpack(asker.connect(via.address).call(MODULE, "Relay", errand.pack()))

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        report = pool.submit(ask)
        while not report.done():
            served.turn(0.01)
        return report.result()


def await_sleepers(connection, **demanded):
    """Until so many sleep, or were cancelled."""
    end = time.monotonic() + WAIT_S
    while any(getattr(now := count_sleepers(connection), name) != count for name, count in demanded.items()):
        demand(time.monotonic() < end, f"{now} instead of {demanded}")


@contextlib.contextmanager
def unharmed(daemon):
    """Whatever is done to the daemon in here, it goes on serving others, and nothing of it is left.

    Gives a connection of somebody else's, that was open before.
    """
    with Actor("witness") as witness:
        before = witness.connect(daemon.address)
        echo(before)
        descriptors = daemon.descriptor_count()
        yield before
        demand(daemon.is_alive(), "the daemon has died:", daemon.log())
        echo(before)
        after = witness.connect(daemon.address)
        echo(after)
        after.close()
        until(
            lambda: daemon.descriptor_count() == descriptors,
            lambda: f"{daemon.descriptor_count()} descriptors are {descriptors} again",
        )


class Raw:
    """A connection that says whatever it is told to, and reads frames."""

    def __init__(self, daemon, hello=True, name="stranger"):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(daemon.path)
        self.socket.settimeout(WAIT_S)
        self.frames = FrameReader()
        if hello:
            self.say(make_hello(name))
            self.demand(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, *frames):
        """In one write; but a connection that has been closed by now may be as well."""
        data = b"".join(one.pack() if isinstance(one, Frame) else one for one in frames)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def read(self):
        """The next frame, or None at the end."""
        while (frame := self.frames.take()) is None:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.frames.add(data)
        return frame

    def demand(self, kind, cid=0):
        frame = self.read()
        is_it = frame is not None and (frame.kind, frame.cid) == (kind, cid)
        demand(is_it, f"{frame} instead of kind {kind}, cid {cid}")
        return frame

    def await_kind(self, kind):
        """The next frame of that kind, whatever comes before it."""
        while (frame := self.read()) is not None and frame.kind != kind:
            pass
        demand(frame is not None, f"the end instead of kind {kind}")
        return frame

    def demand_error(self, code, cid):
        error = unpack_error(self.demand(ERROR, cid).body, Uid(name="the daemon"))
        demand(error.code == code, f"{error.fault} instead of {code}")
        return error

    def demand_echo(self, cid, text):
        demand(Text.unpack(self.demand(RETURN, cid).body).text == text, "another echo")

    def demand_end(self, reason=None):
        """The connection is closed; with a Bye before that gives this reason, if one is told."""
        last = None
        while (frame := self.read()) is not None:
            last = frame
        if reason is not None:
            demand(last is not None and last.kind == BYE, f"no Bye at the end, but {last}")
            demand(reason in last.body.decode(), f"the Bye is for {last.body!r}")


def make_hello(name="stranger", **changes):
    hello = Actor(name).hello()
    for field, value in changes.items():
        setattr(hello, field, value)
    return Frame(1, body=hello.pack())


def run(cases):
    """The main program of a test file."""
    name, program = sys.argv[1:]
    place = tempfile.mkdtemp(prefix="actor-")
    try:
        cases[name](Daemon(program, f"{place}/registry", **getattr(cases[name], "options", {})))
        for daemon in reversed(daemons):
            if daemon.is_alive():
                daemon.stop()
    except BaseException:
        for daemon in daemons:
            print(daemon.log(), file=sys.stderr)
        raise
    finally:
        for daemon in daemons:
            daemon.kill()
        shutil.rmtree(place)


class Cases(dict):
    """@cases.add, or @cases.add_with(cancellable=False)"""

    def add(self, function):
        self[function.__name__] = function
        return function

    def add_with(self, **options):
        def add(function):
            function.options = options
            return self.add(function)

        return add


__all__ = [name for name in dir() if not name.startswith("_")]

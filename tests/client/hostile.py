#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: hostile.py CASE PATH-OF-client_daemon

What no peer of ours does.  Whatever it is, the daemon goes on serving a connection that was there before and one that
comes after, and no descriptor is left: that is what unharmed() demands of each case, which says only what is its own.
"""

import array
import contextlib
import fcntl
import itertools
import os
import pathlib
import random
import signal
import socket
import struct
import termios
import time

import actor_client as wire
from actor_client import BY_NAME, HEADER, Actor, Failure, Frame, Uid, pack_start
from harness import *

BODY_MAX = wire.MESSAGE_SIZE_MAX + wire.BODY_MAX
BROKE = "broke the protocol"

cases = Cases()


def start(cid, module, endpoint, request=b"", flags=0):
    by_name, body = pack_start(module, endpoint, request)
    return Frame(wire.START, cid, body, by_name | flags)


def start_echo(cid, text):
    return start(cid, MODULE, "Echo", Text(text=text).pack())


def header(size, kind=wire.START, cid=1, flags=0, reserved=0):
    return HEADER.pack(size, kind, flags, reserved, cid)


def await_taken(sock):
    """Until the other process has read all that was written."""

    def is_taken():
        return fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)) == bytes(4)

    until(is_taken, "the daemon has read it all")


def count_violations(daemon):
    return len(daemon.log_lines(BROKE))


# ---- bytes ----


@cases.add
def hello_one_byte_at_a_time(daemon):
    # robustness: E1
    with unharmed(daemon), Raw(daemon, hello=False) as raw:
        begin = time.monotonic()
        hello = make_hello().pack()
        raw.socket.settimeout(0.15)
        for at in range(len(hello) - 1):
            raw.say(hello[at : at + 1])
            try:
                if raw.socket.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                continue
        raw.socket.settimeout(WAIT_S)
        raw.demand_end("no Hello within 5000 ms")
        demand(4.5 < time.monotonic() - begin < 8, f"closed after {time.monotonic() - begin} s")


@cases.add
def frames_cut_anywhere(daemon):
    # robustness: E2
    with unharmed(daemon):
        hello = make_hello().pack()
        for at in range(1, len(hello)):
            with Raw(daemon, hello=False) as raw:
                raw.say(hello[:at])
                await_taken(raw.socket)
                raw.say(hello[at:])
                raw.demand(wire.HELLO)
        with Raw(daemon) as raw:
            size = len(start_echo(1, "cut").pack())
            for at in range(1, size):
                frame = start_echo(2 * at - 1, "cut").pack()
                raw.say(frame[:at])
                await_taken(raw.socket)
                raw.say(frame[at:])
                raw.demand_echo(2 * at - 1, "cut")


@cases.add
def a_thousand_frames_in_one_write(daemon):
    # robustness: E2
    with unharmed(daemon), Raw(daemon, hello=False) as raw:
        raw.say(make_hello(), *(start_echo(2 * i + 1, f"number {i}") for i in range(1000)))
        raw.demand(wire.HELLO)
        replies = {}
        for _ in range(1000):
            frame = raw.read()
            replies[frame.cid] = Text.unpack(frame.body).text
        demand(replies == {2 * i + 1: f"number {i}" for i in range(1000)}, replies)


@cases.add
def frames_without_a_body(daemon):
    # robustness: E3
    with unharmed(daemon):
        for kind in range(wire.HELLO, wire.BYE + 1):
            with Raw(daemon, hello=False) as raw:  # first of all
                raw.say(header(0, kind, 0))
                if kind == wire.PING:
                    raw.demand(wire.PONG)
                else:
                    raw.demand_end(None if kind == wire.BYE else " ")
            with Raw(daemon) as raw:
                raw.say(header(0, kind, 0), Frame(wire.PING, body=b"after"))
                if kind in (wire.PING, wire.PONG):
                    raw.demand(wire.PONG)
                elif kind == wire.STOP:
                    raw.demand_end("")
                else:
                    raw.demand_end(None if kind == wire.BYE else " ")
        with Raw(daemon) as raw:
            raw.say(bytes(16))
            raw.demand_end("unknown kind")
        with Raw(daemon, hello=False) as raw:
            raw.say(bytes(16))
            raw.demand_end("unknown kind")
        with Raw(daemon) as raw:
            raw.say(header(0, wire.START, 1))
            raw.demand_end("a Start of 0 bytes")


@cases.add
def lengths_beyond_all_bounds(daemon):
    # robustness: E4
    with unharmed(daemon):
        for size in BODY_MAX + 1, 1 << 31, 0xFFFFFFFF:
            with Raw(daemon) as raw:
                raw.say(header(size))
                raw.demand_end("the frame is too large")
        for size in 4081, BODY_MAX, 0xFFFFFFFF:
            with Raw(daemon, hello=False) as raw:
                raw.say(header(size, wire.HELLO, 0))
                raw.demand_end("the frame is too large")
        with Raw(daemon, hello=False) as raw:
            raw.say(header(4080, wire.HELLO, 0))
            raw.say(b"\xff" * 4080)
            raw.demand_end("a Hello that cannot be decoded")


@cases.add
def long_frames_that_do_not_come(daemon):
    # robustness: E4
    with unharmed(daemon):
        liars = [Raw(daemon) for _ in range(32)]
        used, resident = daemon.bytes_in_use(), daemon.resident_bytes()
        for liar in liars:
            liar.say(header(BODY_MAX) + b"not all of it")
            await_taken(liar.socket)
        demand(daemon.bytes_in_use() - used < 100_000, f"{daemon.bytes_in_use() - used} bytes more")
        demand(daemon.resident_bytes() - resident < 8 << 20, f"{daemon.resident_bytes() - resident} bytes more")
        for liar in liars:
            liar.socket.close()


@cases.add
def garbage_in_every_kind(daemon):
    # robustness: E5
    dice = random.Random(1)
    with unharmed(daemon):
        for kind in range(wire.HELLO, wire.BYE + 1):
            for cid in 0, 1, 2:
                for size in 1, 7, 40, 3000:
                    frame = Frame(kind, cid, dice.randbytes(size))
                    with Raw(daemon) as raw:
                        raw.say(frame, Frame(wire.BYE))
                        while raw.read() is not None:
                            pass
                    with Raw(daemon, hello=False) as raw:
                        raw.say(frame, Frame(wire.BYE))
                        while raw.read() is not None:
                            pass
        with Raw(daemon, hello=False) as raw:
            raw.say(Frame(wire.HELLO, body=b"\xff" * 30))
            raw.demand_end("a Hello that cannot be decoded")
        with Raw(daemon) as raw:  # of a request that is none, only the call fails
            for i, request in enumerate([b"\xff" * 11, b"\x0a\x05abc", b"\x0b", b"\x00\x01", b"\x0a\x80"]):
                raw.say(start(2 * i + 1, MODULE, "Echo", request))
                raw.demand_error("EINVAL", 2 * i + 1)
            raw.say(start_echo(99, "still here"))
            raw.demand_echo(99, "still here")


@cases.add
def an_end_inside_a_frame(daemon):
    # robustness: E6
    def answer_half(_):
        connection = who_asks(pythia)
        connection.socket.send(header(100, wire.RETURN, max(connection.serving)) + b"half")
        connection.socket.shutdown(socket.SHUT_RDWR)
        return wire.LATER

    member = Daemon(daemon.program, daemon.directory, "member")
    with unharmed(daemon), unharmed(member):
        with Actor("pythia", {"oracle.Oracle": [("Greet", answer_half)]}) as pythia:
            pythia.listen(daemon.directory)
            pythia.join(daemon.directory)
            pythia.register()
            report = relay(pythia, member, "pythia", "oracle.Oracle", "Greet")
        demand(report.outcome == wire.NUMBERS["EPEERGONE"], report)
        demand("inside a Return frame, after 20 of 116 bytes" in report.message, report.message)
        # And who only asks for something is told of in the log.
        with Raw(daemon, name="cut") as raw:
            frame = start_echo(1, "cut off").pack()
            raw.say(frame[:-1])
        what = f"inside a Start frame, after {len(frame) - 1} of {len(frame)} bytes"
        until(lambda: daemon.log_lines("cut@", what), "the log tells of the end")


def who_asks(actor):
    return next(one for one in actor.connections if one.serving)


BAD_NAMES = {
    "NUL": b"a\0b",
    "not UTF-8": b"\xff\xfe",
    "overlong UTF-8": b"\xc0\xaf",
    "a surrogate": b"\xed\xa0\x80",
    "a newline": b"a\nroot: all is well",
    "a path": b"../../etc/passwd",
    "an escape": b"\x1b[2J",
    "nothing": b"",
    "65 bytes": b"a" * 65,
    "3,900 bytes": b"a" * 3900,
}


def pack_field(number, data):
    return wire.pack_varint(number << 3 | 2) + wire.pack_varint(len(data)) + data


@cases.add
def names_that_nobody_can_have(daemon):
    # robustness: E11
    with unharmed(daemon):
        for what, name in BAD_NAMES.items():
            print("the name is", what)
            with Raw(daemon, hello=False) as raw:
                uid = pack_field(1, name) + pack_field(2, b"u" * 16)
                raw.say(Frame(wire.HELLO, body=b"\x08\x01\x10\x01" + pack_field(3, uid)))
                raw.demand_end("a Hello that cannot be decoded")
        for uuid in b"", bytes(16), b"u" * 15, b"u" * 17:
            with Raw(daemon, hello=False) as raw:
                uid = pack_field(1, b"somebody") + pack_field(2, uuid)
                raw.say(Frame(wire.HELLO, body=b"\x08\x01\x10\x01" + pack_field(3, uid)))
                raw.demand_end("a Hello that cannot be decoded")
        with Raw(daemon, hello=False) as raw:
            raw.say(Frame(wire.HELLO, body=pack_field(3, pack_field(1, b"a" * (1 << 20)))))
            raw.demand_end("the frame is too large")
        demand(all(line.startswith("daemon@") or BROKE in line for line in daemon.log().splitlines()), daemon.log())


@cases.add
def names_to_look_up_that_nobody_can_have(daemon):
    # robustness: E11
    with unharmed(daemon), Raw(daemon) as raw:
        cid = 1
        for endpoint in "Find", "WaitFor":
            for name in [*BAD_NAMES.values(), b"a" * 1_000_000]:
                print(endpoint, "of", name[:80])
                raw.say(start(cid, "actor.Registrar", endpoint, pack_field(1, name)))
                raw.demand_error("EINVAL", cid)
                cid += 2
        bad_addresses = [b"", b"unix:", b"unix:relative", b"tcp:127.0.0.1:80", b"unix:/a\0b", b"unix:/" + b"a" * 107]
        for address in [*bad_addresses, b"/a", b"unix:/\xff", b"a" * 100_000]:
            raw.say(start(cid, "actor.Registrar", "Register", pack_field(1, address)))
            raw.demand_error("EINVAL", cid)
            cid += 2
        for request in b"", pack_field(1, b"unix:/tmp/a") * 9:
            raw.say(start(cid, "actor.Registrar", "Register", request))
            raw.demand_error("EINVAL", cid)
            cid += 2
        raw.say(start(cid, "actor.Registrar", "List"))
        found = wire.Registrations.unpack(raw.demand(wire.RETURN, cid).body).registrations
        demand([one.name for one in found] == ["daemon"], found)


@cases.add
def names_in_a_start_that_no_module_has(daemon):
    # robustness: E11
    with unharmed(daemon):
        prefix = struct.pack("<HHIII", 0, 0, 0, 0, 0)
        for names in b"", b"\0", b"\1", b"\1a", b"\1a\0", b"\1a\2b", b"\3a\0b\1c", b"\2\xff\xfe\1c", b"\1a\2\xc0\xaf":
            with Raw(daemon) as raw:
                raw.say(Frame(wire.START, 1, prefix + names, BY_NAME))
                raw.demand_end("a Start whose names cannot be decoded")
        with Raw(daemon) as raw:
            for i, name in enumerate(["a\nb", "../" + MODULE, "\x1b[2J", "n" * 255]):
                raw.say(start(2 * i + 1, name, name))
                raw.demand_error("EDENIED", 2 * i + 1)


@cases.add
def kinds_flags_and_bits_that_there_are_not(daemon):
    # robustness: E12
    with unharmed(daemon):
        for hello in False, True:
            for kind in 0, 16, 17, 127, 128, 255:
                with Raw(daemon, hello=hello) as raw:
                    raw.say(header(0, kind, 0))
                    raw.demand_end("unknown kind of frame")
            for kind in range(wire.HELLO, wire.BYE + 1):
                for flags in [16, 0x80] if kind == wire.START else [1, 2, 0x80]:
                    with Raw(daemon, hello=hello) as raw:
                        raw.say(header(0, kind, 0, flags=flags))
                        raw.demand_end("unknown flag")
                for reserved in 1, 0x8000:
                    with Raw(daemon, hello=hello) as raw:
                        raw.say(header(0, kind, 0, reserved=reserved))
                        raw.demand_end("reserved bits are set")
        with Raw(daemon, hello=False) as raw:  # a Hello belongs to no dialog
            raw.say(Frame(wire.HELLO, 5, make_hello().body))
            raw.demand_end("a Hello that belongs to a dialog")


TLS_HELLO = bytes.fromhex("16 03 01 00 c8 01 00 00 c4 03 03") + bytes(range(194))


@cases.add
def other_protocols(daemon):
    # robustness: E13
    big_endian = struct.pack(">IBBHQ", 30, 1, 0, 0, 0) + bytes(30)
    speeches = {
        "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
        "a TLS ClientHello": TLS_HELLO,
        "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        "big-endian frames": big_endian,
        "D-Bus": b"\0AUTH EXTERNAL 31303030\r\n",
        "a call before the Hello": start_echo(1, "too early").pack(),
        "a SpawnSpec": Frame(wire.SPAWN_SPEC, body=b"").pack(),
        "a Stop": Frame(wire.STOP).pack(),
    }
    with unharmed(daemon):
        for i, (name, speech) in enumerate(speeches.items()):
            with Raw(daemon, hello=False) as raw:
                begin = time.monotonic()
                raw.say(speech)
                raw.demand_end("")
                demand(time.monotonic() - begin < 1, f"{name}: {time.monotonic() - begin} s")
            until(lambda: count_violations(daemon) > i, f"the log tells of {name}")
            demand(count_violations(daemon) == i + 1, f"the log tells too much of {name}")
        for size in range(1, 16):  # too short for a header
            with Raw(daemon, hello=False) as raw:
                raw.say(speeches["HTTP"][:size])
    demand(count_violations(daemon) == len(speeches), "the log tells of one twice")


@cases.add
def a_good_frame_and_then_a_bad_one(daemon):
    # robustness: E15
    for bad in bytes(16), header(0xFFFFFFFF), Frame(wire.HELLO).pack(), Frame(wire.RETURN, 2).pack():
        with unharmed(daemon):
            with Raw(daemon) as raw:
                raw.say(start(1, "self", "ping", b"first"), bad, start(3, "self", "ping", b"never"))
                demand(raw.demand(wire.RETURN, 1).body == b"first")
                demand(raw.demand(wire.BYE).body != b"")
                raw.demand_end()
            with Raw(daemon, hello=False) as raw:
                raw.say(make_hello(), bad)
                raw.demand(wire.HELLO)
                demand(raw.demand(wire.BYE).body != b"")


def send_descriptors(sock, data, count):
    with open("/dev/null", "rb") as null:
        rights = array.array("i", [null.fileno()] * count)
        sock.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


@cases.add
def descriptors_that_nobody_asked_for(daemon):
    # robustness: E16
    with unharmed(daemon):
        for count in 1, 2, 253:
            with Raw(daemon, hello=False) as raw:
                send_descriptors(raw.socket, b"x", count)
                raw.demand_end("descriptors came along")
            with Raw(daemon, hello=False) as raw:  # with bytes that are right
                send_descriptors(raw.socket, make_hello().pack(), count)
                raw.demand_end("descriptors came along")
            with Raw(daemon, hello=False) as raw:  # who is gone when they are read
                send_descriptors(raw.socket, b"x", count)
            with Raw(daemon) as raw:  # who is known: they are closed, and that is all
                send_descriptors(raw.socket, start_echo(1, "x").pack(), count)
                raw.demand_echo(1, "x")


# ---- dialogs ----


@cases.add
def a_cid_that_is_in_use(daemon):
    # robustness: F1
    with unharmed(daemon) as other:
        for cid, again in (1, 1), (3, 1), (3, 3), (2, 2), (0, 0):
            with Raw(daemon) as raw:
                before = count_sleepers(other).cancelled
                raw.say(start(cid, MODULE, "Sleep"))
                if cid % 2:
                    await_sleepers(other, asleep=1)
                raw.say(start(again, MODULE, "Sleep"))
                raw.demand_end(" ")
                await_sleepers(other, asleep=0, cancelled=before + cid % 2)
        with Raw(daemon) as raw:  # nor one that was
            raw.say(start_echo(7, "once"))
            raw.demand_echo(7, "once")
            raw.say(start_echo(7, "twice"))
            raw.demand_end(" ")


@cases.add
def a_cid_of_another_connection(daemon):
    # robustness: F3
    with unharmed(daemon) as other, Raw(daemon) as mine, Raw(daemon) as theirs:
        theirs.say(*(start(cid, MODULE, "Sleep") for cid in (1, 3, 5)))
        await_sleepers(other, asleep=3)
        for cid in 1, 3, 5, 7:
            mine.say(Frame(wire.CANCEL, cid))
            mine.demand(wire.CANCEL_ACK, cid)
        demand(count_sleepers(other) == Sleepers(asleep=3), count_sleepers(other))
        mine.say(Frame(wire.CANCEL, 2))  # that could only be the daemon's own
        mine.demand_end(" ")
        theirs.say(Frame(wire.CANCEL, 3))
        theirs.demand(wire.CANCEL_ACK, 3)
        theirs.demand_error("ECANCELED", 3)
        demand(count_sleepers(other) == Sleepers(asleep=2, cancelled=1))
    # Their connection has ended by now, and so have their calls.


@cases.add
def calls_that_are_begun_only_to_be_cancelled(daemon):
    # robustness: F12
    with unharmed(daemon) as other, Raw(daemon) as raw:
        used, outcomes, begin = daemon.bytes_in_use(), [], time.monotonic()
        for first in range(1, 20_000, 400):
            cids = range(first, first + 400, 2)
            raw.say(*(frame for cid in cids for frame in (start(cid, MODULE, "Sleep"), Frame(wire.CANCEL, cid))))
            echo(other)
            outcomes += [unpack_error(raw.await_kind(ERROR).body, Uid(name="daemon")).fault for _ in cids]
        cancelled = [one for one in outcomes if one.code == wire.NUMBERS["ECANCELED"]]
        refused = [one for one in outcomes if one.code == wire.NUMBERS["ENOMEM"]]
        demand(len(cancelled) + len(refused) == 10_000, {one.code for one in outcomes})
        taken_off = 33 * (time.monotonic() - begin) + 1
        demand(1000 <= len(cancelled) <= 1000 + taken_off, len(cancelled), "calls have begun")
        demand("too many of those that ran were cancelled" in refused[0].message, refused[0].message)
        demand(daemon.bytes_in_use() - used < 1 << 20, f"{daemon.bytes_in_use() - used} bytes more")
        demand(count_sleepers(other).asleep == 0)
        raw.say(start(30_001, "self", "ping", b"alive"))
        demand(raw.await_kind(RETURN).body == b"alive")
        until(lambda: may_begin(raw), "it may begin calls again")


@cases.add
def a_thousand_calls_at_once(daemon):
    # robustness: G9
    def is_stopped():
        return pathlib.Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    with unharmed(daemon) as other, Raw(daemon) as raw, Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        daemon.process.send_signal(signal.SIGSTOP)
        until(is_stopped, "the daemon is stopped")
        calls = [other.start(MODULE, "CountSleepers")]  # as it may look at who came last first
        raw.say(*(start(cid, MODULE, "Sleep") for cid in range(1, 2001, 2)))
        calls.append(peer.start(MODULE, "CountSleepers"))
        daemon.process.send_signal(signal.SIGCONT)
        for call in calls:
            asleep = Sleepers.unpack(call.wait()).asleep
            demand(asleep <= 64, f"{asleep} calls of another have come before")
        await_sleepers(other, asleep=1000)


@cases.add
def more_calls_than_may_run(daemon):
    # robustness: F12, G11
    with unharmed(daemon) as other, Raw(daemon) as raw:
        used = daemon.bytes_in_use()
        for first in range(1, 8000, 800):
            raw.say(*(start(cid, MODULE, "Sleep") for cid in range(first, first + 800, 2)))
            echo(other)
        for cid in range(2 * 1024 + 1, 8000, 2):
            error = raw.demand_error("ENOMEM", cid)
            demand("runs 1024 calls of this peer already" in error.fault.message, error)
        await_sleepers(other, asleep=1024)
        demand(daemon.bytes_in_use() - used < 1024 * 8192, f"{daemon.bytes_in_use() - used} bytes more")
        raw.say(Frame(wire.CANCEL, 1))  # and as one ends, one may begin
        raw.demand(wire.CANCEL_ACK, 1)
        raw.demand_error("ECANCELED", 1)
        raw.say(start_echo(9001, "instead"))
        raw.demand_echo(9001, "instead")


@cases.add
def answers_that_nobody_reads(daemon):
    # robustness: F13
    pings = Frame(wire.PING).pack() * 65_536
    with unharmed(daemon) as other, Raw(daemon) as raw:
        used, most, sent = daemon.bytes_in_use(), 0, 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 100 << 20:
                raw.socket.sendall(pings)
                sent += len(pings)
                echo(other)
                most = max(most, daemon.bytes_in_use() - used)
        demand(65 << 20 <= sent <= 70 << 20, f"{sent} bytes were taken")
        demand(most < 160 << 20, f"{most} bytes more")
        until(lambda: daemon.log_lines("stranger does not read its answers"), "the log tells of it")
        until(lambda: daemon.bytes_in_use() - used < 1 << 20, "the memory is given back")
    with unharmed(daemon) as other, Raw(daemon) as raw:  # who reads them may ask for as many as he likes
        for _ in range(20):
            raw.say(pings[: 16 * 1000])
            for _ in range(1000):
                raw.demand(wire.PONG)
            echo(other)


@cases.add
def a_storm_of_errors(daemon):
    # robustness: F17, F18
    text = "\x1b[2J\r\n\u202ereversed\u2066\x07" + "x" * 2000
    with unharmed(daemon) as other, Raw(daemon) as raw:
        used, lines = daemon.bytes_in_use(), len(daemon.log().splitlines())
        for first in range(1, 40_000, 400):
            cids = range(first, first + 400, 2)
            raw.say(*(start(cid, MODULE, "Fail", Text(text=text).pack()) for cid in cids))
            for _ in cids:
                error = unpack_error(raw.await_kind(ERROR).body, Uid(name="daemon"))
                demand(error.code == "EINVAL" and len(error.fault.message.encode()) <= 1023, error)
                demand(error.fault.message.startswith(text[:100]), error)  # as it was said: who shows it escapes it
            echo(other)
        demand(daemon.bytes_in_use() - used < 1 << 20, f"{daemon.bytes_in_use() - used} bytes more")
        raw.say(start(50_001, MODULE, "Fail", Text(text="y" * 1_000_000).pack()))
        demand(len(unpack_error(raw.await_kind(ERROR).body, Uid(name="daemon")).fault.message) <= 1023)
        raw.say(start(50_003, MODULE, "Fail", pack_field(1, b"a\0b")))
        raw.demand_error("EINVAL", 50_003)
        new = daemon.log_lines("warning") + daemon.log_lines("error")
        demand(len(new) <= lines + 20 and "\x1b" not in daemon.log(), daemon.log())


@cases.add
def calls_in_a_ring(daemon):
    # robustness: F21
    names = ["daemon", "two", "three", "four", "five"]
    others = [Daemon(daemon.program, daemon.directory, name) for name in names[1:]]
    demand(all(one.is_alive() for one in others))
    with unharmed(daemon), Actor("asker") as asker:
        request = Errand(actor=names[1], module=MODULE, endpoint="Echo", request=Text(text="round").pack())
        for hop in range(25):  # from the last one to the first: each waits within the call of the one before
            name = names[-hop % len(names)]
            request = Errand(actor=name, module=MODULE, endpoint="Relay", request=request.pack())
        reply = asker.connect(others[0].address).call(MODULE, "Relay", request.pack())
        for _ in range(26):
            report = Report.unpack(reply)
            demand(report.outcome == 0, report)
            reply = report.reply
        demand(Text.unpack(reply).text == "round")


next_cid = itertools.count(40_001, 2)


def may_begin(raw):
    raw.say(start_echo(next(next_cid), "again"))
    while (frame := raw.read()).kind not in (RETURN, ERROR):
        pass
    return frame.kind == RETURN


@cases.add
def an_error_in_the_name_of_another(daemon):
    # robustness: F8
    victim = Uid(name="victim", uuid=bytes(range(16)))
    forgeries = {
        "Canceller": Failure("ECANCELED", "by whom?", canceller=victim),
        "Hops": Failure("EINVAL", "from whom?", hops=[victim, victim]),
        "Many": Failure("EINVAL", "from whom?", hops=[victim] * 29),
        "Plain": Failure("EINVAL", "from whom?"),
    }

    def fail_with(failure):
        def fail(_):
            raise failure

        return fail

    with unharmed(daemon):
        with Actor("pythia", {"oracle.Oracle": [(k, fail_with(v)) for k, v in forgeries.items()]}) as pythia:
            pythia.listen(daemon.directory)
            pythia.join(daemon.directory)
            pythia.register()
            ask = lambda endpoint: relay(pythia, daemon, "pythia", "oracle.Oracle", endpoint)
            # Who sent it is in its path, always, and as the connection knows it.  What came before is his word.
            demand(ask("Hops").hops == ["victim", "victim", "pythia"], ask("Hops"))
            demand(ask("Many").hops[-1] == "pythia" and len(ask("Many").hops) <= 30, ask("Many"))
            plain = ask("Plain")
            demand(plain.hops == ["pythia"] and plain.origin_uuid == pythia.uid.uuid.hex(), plain)
            cancelled = ask("Canceller")
            demand(cancelled.hops == ["pythia"] and cancelled.origin_uuid == pythia.uid.uuid.hex(), cancelled)


@cases.add
def a_stop_from_who_was_connected_to(daemon):
    def stop(_):
        who_asks(pythia).send(Frame(wire.STOP))
        return wire.LATER

    member = Daemon(daemon.program, daemon.directory, "member")
    with unharmed(daemon), unharmed(member):
        with Actor("pythia", {"oracle.Oracle": [("Greet", stop)]}) as pythia:
            pythia.listen(daemon.directory)
            pythia.join(daemon.directory)
            pythia.register()
            report = relay(pythia, member, "pythia", "oracle.Oracle", "Greet")
            demand(report.outcome == wire.NUMBERS["EPROTOCOL"], report)


@cases.add
def endpoints_that_there_are_not(daemon):
    # robustness: F9
    with unharmed(daemon), Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        number = peer.number_of(MODULE)
        for endpoint in len(ENDPOINTS), 99, 0xFFFF:
            error = demand_error("ENOENDPOINT", peer.call, number, endpoint)
            demand(not any(name in error.fault.message for name in ENDPOINTS), error)
        for endpoint in "echo", "ECHO", "Echo ", "Ech", "Echoo", "0", "state_open":
            error = demand_error("ENOENDPOINT", peer.call, MODULE, endpoint)
            demand(not any(f" {name}" in error.fault.message for name in ENDPOINTS if name not in endpoint), error)
        for module in len(peer.hello.modules), 99, 0xFFFF:
            demand_error("EDENIED", peer.call, module, 0)
        echo(peer)


@cases.add
def modules_that_are_not_served(daemon):
    # robustness: F10
    names = ["Self", "SELF", " self", "self ", "self.", "sеlf", "ѕelf", "self/ping", "../self"]
    names += [MODULE.lower(), MODULE[:-1], MODULE + ".", "." + MODULE, MODULE + "/Echo", "foreign", "Daemon", "*"]
    names += ["foreign.Dаemon", MODULE + "​", "actor.registrar", "actor", "0", "1"]
    with unharmed(daemon):
        with Raw(daemon) as raw:
            for i, name in enumerate(names):
                for j, endpoint in enumerate(["ping", "cancel", "Echo"]):
                    cid = 2 * (3 * i + j) + 1
                    raw.say(start(cid, name, endpoint))
                    raw.demand_error("EDENIED", cid)
            for i, verb in enumerate(["Ping", "spawn", "cancel_actor", "ping ", "register", "_ping", "сancel"]):
                cid = 2 * (3 * len(names) + i) + 1
                raw.say(start(cid, "self", verb))
                raw.demand_error("ENOENDPOINT", cid)
        with Raw(daemon) as raw:
            raw.say(start(1, "", "ping"))
            raw.demand_end("names cannot be decoded")


@cases.add_with(cancellable=False)
def who_may_not_stop_it(daemon):
    # robustness: F11
    with unharmed(daemon):
        with Raw(daemon) as raw:
            raw.say(Frame(wire.CANCEL, body=wire.Cancel(budget_ms=1).pack()))
            raw.demand_end(" ")
        with Raw(daemon) as raw:
            raw.say(start(1, "self", "cancel"))
            raw.demand_error("EDENIED", 1)
            raw.say(start(3, "self", "cancel", wire.Cancel(canceller=Uid(name="root", uuid=bytes(16))).pack()))
            raw.demand_error("EDENIED", 3)
            raw.say(start_echo(5, "still here"))
            raw.demand_echo(5, "still here")
        # As whom it says that it is makes no difference: not as the daemon itself, either.
        with Actor("witness") as witness:
            uid = witness.connect(daemon.address).hello.uid
        with Raw(daemon, hello=False) as raw:
            raw.say(make_hello(uid=uid, registrar=True), start(1, "self", "cancel"))
            raw.demand(wire.HELLO)
            raw.demand_error("EDENIED", 1)
        for kind in wire.SPAWN_SPEC, wire.START_ACK, wire.ERROR, wire.CANCEL_ACK:
            with Raw(daemon) as raw:
                raw.say(Frame(kind))
                raw.demand_end(" ")


# ---- sockets ----


@cases.add
def one_that_says_no_more_but_listens(daemon):
    # robustness: J1
    with unharmed(daemon) as other:
        with Raw(daemon) as raw:
            big = 1_000_000
            raw.say(
                start(1, MODULE, "MakeBig", Size(size=big).pack()),
                start(3, MODULE, "MakeBig", Size(size=big).pack()),
                start(5, MODULE, "Fail", Text(text="told").pack()),
                Frame(wire.START, 7, pack_start(MODULE, "Sleep", b"", 100)[1], BY_NAME),
            )
            raw.socket.shutdown(socket.SHUT_WR)
            outcomes = {}
            while (frame := raw.read()) is not None and frame.kind != wire.BYE:
                outcomes[frame.cid] = frame
            demand(frame is not None and frame.body == b"", "it does not end with a Bye")
            demand({cid: one.kind for cid, one in outcomes.items()} == {1: 8, 3: 8, 5: 9, 7: 9}, outcomes.keys())
            demand(len(outcomes[3].body) == big + 4, len(outcomes[3].body))
            raw.demand_end()
        with Raw(daemon) as raw:  # and then dies
            before = count_sleepers(other)
            raw.say(start(1, MODULE, "Sleep"))
            await_sleepers(other, asleep=1)
            raw.socket.shutdown(socket.SHUT_WR)
            echo(other)
            demand(count_sleepers(other).asleep == 1, "it is cancelled although its caller listens")
        begin = time.monotonic()
        await_sleepers(other, asleep=0, cancelled=before.cancelled + 1)
        demand(time.monotonic() - begin < 1, f"cancelled after {time.monotonic() - begin} s")


@cases.add
def half_closed_without_a_call(daemon):
    # robustness: J1
    with unharmed(daemon):
        with Raw(daemon) as raw:
            raw.socket.shutdown(socket.SHUT_WR)
            raw.demand_end()
        with Raw(daemon, hello=False) as raw:
            raw.socket.shutdown(socket.SHUT_WR)
            raw.demand_end()
        with Raw(daemon, hello=False) as raw:
            raw.say(make_hello())
            raw.socket.shutdown(socket.SHUT_WR)
            raw.demand(wire.HELLO)
            raw.demand_end()
        with Raw(daemon) as raw:  # within a frame: that is an end like any other
            raw.say(start_echo(1, "cut").pack()[:-1])
            raw.socket.shutdown(socket.SHUT_WR)
            raw.demand_end()


@cases.add
def doors_that_do_not_open(daemon):
    # robustness: J4
    member = Daemon(daemon.program, daemon.directory, "member")
    with unharmed(daemon), unharmed(member), contextlib.ExitStack() as stack:
        full, mute = (stack.enter_context(Actor(name)) for name in ("full", "mute"))
        paths = {}
        for actor in full, mute:
            paths[actor] = f"{daemon.directory}/{actor.uid.name}.sock"
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            listener.bind(paths[actor])
            listener.listen(0 if actor is full else 16)  # and neither accepts
            actor.join(daemon.directory)
            actor.register(f"unix:{paths[actor]}")
        for _ in range(10):
            waiting = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
            with contextlib.suppress(BlockingIOError):
                waiting.connect(paths[full])
        begin = time.monotonic()
        peer = stack.enter_context(Actor("asker")).connect(member.address)
        errands = [Errand(actor=name, module="self", endpoint="ping").pack() for name in ("full", "mute")]
        calls = [peer.start(MODULE, "Relay", errand) for errand in errands]
        echo(peer)
        for call in calls:
            report = Report.unpack(call.wait())
            demand(report.outcome == wire.NUMBERS["EPEERGONE"], report)
        demand(4 < time.monotonic() - begin < 7, f"after {time.monotonic() - begin} s")


@cases.add
def many_that_say_nothing(daemon):
    # robustness: J7
    with unharmed(daemon) as other, Actor("visitor") as visitor:
        descriptors = daemon.descriptor_count()
        crowd = []
        for _ in range(500):
            crowd.append(Raw(daemon, hello=False))
        peer = visitor.connect(daemon.address)  # after all of them: so they have all been let in
        echo(peer)
        echo(other)
        demand(daemon.descriptor_count() <= descriptors + 1 + 64, daemon.descriptor_count())
        seen = daemon.look("have not said")
        demand(any(f" {count} connections have not said who they are" in seen for count in (63, 64)), seen)
        peer.close()
        held = [is_open(one.socket) for one in crowd]
        # Of 500 the last 64, one less if the visitor has taken a place while he was a stranger.
        demand(held.index(True) >= 436 and all(held[held.index(True) :]), [i for i, one in enumerate(held) if one])
        for one in crowd:
            one.socket.close()


def is_open(sock):
    sock.setblocking(False)
    try:
        return sock.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


@cases.add
def what_was_written_right_before_the_end(daemon):
    # robustness: J8
    def answer_and_go(request):
        """The reply and the end, at once."""
        connection = who_asks(pythia)
        connection.socket.send(Frame(wire.RETURN, max(connection.serving), b"the last word").pack())
        connection.socket.shutdown(socket.SHUT_RDWR)
        return wire.LATER

    member = Daemon(daemon.program, daemon.directory, "member")
    with unharmed(daemon) as other, unharmed(member):
        with Actor("pythia", {"oracle.Oracle": [("Greet", answer_and_go)]}) as pythia:
            pythia.listen(daemon.directory)
            pythia.join(daemon.directory)
            pythia.register()
            for _ in range(50):
                report = relay(pythia, member, "pythia", "oracle.Oracle", "Greet")
                demand(report.outcome == 0 and report.reply == b"the last word", report)
        for _ in range(50):  # a violation, which is seen although the end has come as well
            with Raw(daemon) as raw:
                raw.say(Frame(wire.PING), bytes(16))
        until(
            lambda: count_violations(daemon) >= 20,  # of more, the log tells only the number
            "the log tells of the violations",
        )
        echo(other)


# ---- names and addresses ----


@cases.add
def an_address_of_another(daemon):
    # robustness: K11
    member = Daemon(daemon.program, daemon.directory, "member")
    with unharmed(daemon):
        with Actor("thief") as thief:
            thief.join(daemon.directory)
            # The name of an entry is that of the connection, so there is no way to enter another's.  And an address ...
            for address in member.address, daemon.address:
                with contextlib.suppress(RemoteError):
                    thief.register(address)
                # ... leads to whoever is there, whatever was said.
                demand(thief.find("thief") is None, "the thief is found at the address of another")
                for name in "member", "daemon":
                    found = thief.find(name)
                    demand(found is not None and found.hello.uid.name == name, f"{name} is not found any more")
                    echo(found)
                    found.close()

@cases.add
def a_name_of_another(daemon):
    # robustness: K11
    with unharmed(daemon), Actor("thief") as thief:
        thief.join(daemon.directory)
        thief.listen(daemon.directory)
        # A second actor may have the name of the first: it is another one all the same, and goes with its connection.
        with Actor("daemon") as namesake:
            namesake.listen(daemon.directory)
            namesake.join(daemon.directory)
            namesake.register()
            demand([one.uuid for one in thief.list("daemon")][0] == namesake.uid.uuid)
        until(lambda: len(thief.list("daemon")) == 1, "the entry of the namesake goes")
        found = thief.find("daemon")
        demand(found.hello.pid == daemon.process.pid)
        # Who takes the uuid as well can only take his own entry away.
        double = Actor("daemon")
        double.uid = found.hello.uid
        with double:
            double.join(daemon.directory)
            with contextlib.suppress(RemoteError):
                double.unregister()
            demand(len(thief.list("daemon")) == 1, "somebody else has unregistered the daemon")
            with contextlib.suppress(RemoteError):
                double.register(f"unix:{thief.path}")
        found = thief.find("daemon")
        demand(found is not None and found.hello.pid == daemon.process.pid, "the daemon's entry was taken")


@cases.add
def somebody_else_at_an_address(daemon):
    # robustness: K14
    member = Daemon(daemon.program, daemon.directory, "member")
    with unharmed(daemon), unharmed(member), Actor("tenant") as tenant, Actor("former") as former:
        tenant.listen(daemon.directory)
        tenant.join(daemon.directory)
        former.join(daemon.directory)
        former.register(f"unix:{tenant.path}")
        demand([one.name for one in former.list("former")] == ["former"])
        report = relay(tenant, member, "former", "self", "ping")
        demand(report.outcome == 3 and report.hops == [], report)  # ACTOR_NOBODY
        demand(tenant.list("former") == [], "the entry is still there")
        demand(tenant.find("former") is None)


# ---- identity ----


@cases.add
def a_peer_whose_process_has_ended(daemon):
    # robustness: L2
    with unharmed(daemon), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        pid = os.fork()
        if pid == 0:
            sock.connect(f"{daemon.directory}/registry.sock")
            os._exit(0)
        demand(os.waitpid(pid, 0)[1] == 0)
        # The kernel goes on naming that process; nothing hangs on it.
        raw = Raw.__new__(Raw)
        raw.socket, raw.frames = sock, wire.FrameReader()
        sock.settimeout(WAIT_S)
        raw.say(make_hello("heir"))
        raw.demand(wire.HELLO)
        raw.say(start_echo(1, "inherited"))
        raw.demand_echo(1, "inherited")
        raw.say(bytes(16))
        raw.demand_end("unknown kind")
        until(lambda: daemon.log_lines("heir@", f"(pid {pid})", BROKE), "the log names the process that connected")


@cases.add
def versions_without_a_common_one(daemon):
    # robustness: L7
    with unharmed(daemon):
        for versions in (2, 3), (0, 0), (2, 1), (0xFFFFFFFF, 0xFFFFFFFF):
            with Raw(daemon, hello=False) as raw:
                raw.say(make_hello(version_min=versions[0], version_max=versions[1]))
                raw.demand_end("it speaks versions")
        with Raw(daemon, hello=False) as raw:  # of a later version, which speaks ours, too
            hello = make_hello(version_min=1, version_max=7)
            later = pack_field(50, b"what it is for will be told") + wire.pack_varint(51 << 3) + b"\x07"
            later += wire.pack_varint(52 << 3 | 1) + bytes(8) + wire.pack_varint(53 << 3 | 5) + bytes(4)
            raw.say(Frame(wire.HELLO, body=later + hello.body + later))
            raw.demand(wire.HELLO)
            raw.say(start_echo(1, "from later"))
            raw.demand_echo(1, "from later")


if __name__ == "__main__":
    run(cases)

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: conforming.py CASE PATH-OF-client_daemon

The client and real daemons, as the page says it.
"""

import os

import actor_client as wire
from actor_client import Actor, Frame, Hello
from harness import *

cases = Cases()


@cases.add
def the_first_frame_of_each_side_is_its_hello(daemon):
    # shows: ID-01, ID-05
    with unharmed(daemon), Raw(daemon, hello=False) as raw:
        # Written out here, so that it is not the client's own idea of it: u32 length, kind, flags, reserved, cid.
        body = bytes.fromhex("08 01 10 01 1a 17 0a 03 62 6f 62 12 10") + bytes(range(16)) + b"\x20\x07"
        raw.say(bytes([len(body), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) + body)
        hello = Hello.unpack(raw.demand(wire.HELLO).body)
        demand(hello.uid.name == "daemon" and len(hello.uid.uuid) == 16, hello)
        demand(hello.pid == daemon.process.pid and hello.registrar and not hello.probe, hello)
        demand(hello.version_min <= 1 <= hello.version_max, hello)
        demand(hello.dialogs_max == 1024 and hello.message_size_max == 1 << 20, hello)
        demand({one.name for one in hello.modules} == {MODULE, "actor.Registrar"}, hello)


@cases.add
def a_daemon_is_found_by_name_and_called(daemon):
    # shows: DM-04, NS-01
    with Actor("visitor") as visitor:
        visitor.join(daemon.directory)
        found = visitor.find("daemon")
        echo(found, "by name")
        number = found.number_of(MODULE)
        reply = found.call(number, ENDPOINTS.index("Echo"), Text(text="by number").pack())
        demand(Text.unpack(reply).text == "by number")
        # The same function, and the same result: nothing of the module is known here but its name.
        demand(reply == found.call(MODULE, "Echo", Text(text="by number").pack()))
        demand(visitor.find("nobody") is None)
        # And it is ended through its portal, as its program lets our user do.
        demand(found.call("self", "cancel") == b"")
    daemon.demand_exit()


@cases.add
def a_member_is_found_through_the_registrar(daemon):
    # shows: DM-04
    member = Daemon(daemon.program, daemon.directory, "member")
    with Actor("visitor") as visitor:
        visitor.join(daemon.directory)
        found = visitor.find("member")
        demand(found.hello.uid.name == "member" and not found.hello.registrar)
        demand(found.hello.pid == member.process.pid)
        echo(found)
        demand([one.name for one in visitor.list()] == ["member", "daemon"], visitor.list())
        found.call("self", "cancel")
    member.demand_exit()
    with Actor("visitor") as visitor:
        visitor.join(daemon.directory)
        demand(visitor.list("member") == [] and visitor.find("member") is None)


@cases.add
def errors_come_with_code_text_and_origin(daemon):
    with Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        error = demand_error("EINVAL", peer.call, MODULE, "Fail", Text(text="no such luck").pack())
        demand("no such luck" in error.fault.message and error.fault.type == "")
        demand(error.fault.hops == [] and error.origin == peer.hello.uid, error.fault)
        number = peer.number_of(MODULE)
        demand_error("EDENIED", peer.call, "no.Such", "Echo")
        demand_error("EDENIED", peer.call, 99, 0)
        demand_error("ENOENDPOINT", peer.call, MODULE, "NoSuch")
        demand_error("ENOENDPOINT", peer.call, number, 99)
        error = demand_error("EINVAL", peer.call, MODULE, "Echo", b"\x0a\x02\xff\xff")
        demand("text" in error.fault.message, error.fault)
        error = demand_error("EDEADLINE", peer.call, MODULE, "Sleep", deadline_ms=30)
        echo(peer)


@cases.add
def a_call_is_cancelled_and_says_so(daemon):
    with Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        call = peer.start(MODULE, "Sleep", wants_ack=True)
        visitor.wait(lambda: call.accepted, WAIT_S, "the StartAck")
        await_sleepers(peer, asleep=1)
        call.cancel()
        error = demand_error("ECANCELED", call.wait)
        demand(call.cancel_acked and error.fault.canceller == visitor.uid, error.fault)
        await_sleepers(peer, asleep=0, cancelled=1)
        call.cancel()  # it has ended, and is acknowledged all the same
        echo(peer)


@cases.add
def the_module_self_and_pings(daemon):
    with Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        peer.ping()
        demand(peer.call("self", "ping", b"\0any bytes\xff") == b"\0any bytes\xff")
        modules = Text.unpack(peer.call("self", "modules")).text.split("\n")
        demand([one.name for one in peer.hello.modules] == modules, modules)
        demand_error("ENOENDPOINT", peer.call, "self", "spawn")
    with Raw(daemon, hello=False) as raw:
        raw.say(Frame(wire.PING))  # before the handshake, too
        raw.demand(wire.PONG)
        raw.say(make_hello())
        raw.demand(wire.HELLO)
        raw.say(Frame(wire.PONG))
        raw.say(Frame(wire.PING, body=b"whatever"))
        raw.demand(wire.PONG)


@cases.add
def big_requests_and_replies(daemon):
    with Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        most = wire.MESSAGE_SIZE_MAX - 4  # field 1: a tag and three bytes of length
        echo(peer, "y" * most)
        reply = peer.call(MODULE, "MakeBig", wire.pack_varint(1 << 3) + wire.pack_varint(most))
        demand(Text.unpack(reply).text == "x" * most)
        demand_error("EINVAL", peer.call, MODULE, "Echo", Text(text="y" * (most + 1)).pack())
        calls = [peer.start(MODULE, "MakeBig", wire.pack_varint(1 << 3) + wire.pack_varint(300_000)) for _ in range(30)]
        for call in calls:
            demand(len(call.wait()) == 300_004)
        demand(len({call.cid for call in calls}) == 30)


@cases.add
def who_registers_is_found_and_called_from_c(daemon):
    greeted = []

    def greet(request):
        greeted.append(request)
        return b"Hello, " + request

    with Actor("pythia", {"oracle.Oracle": [("Greet", greet)]}) as pythia:
        pythia.join(daemon.directory)
        pythia.listen(daemon.directory)
        # The caller waits for us: WaitFor answers it when we register.
        caller = daemon.call_from_c("pythia", "oracle.Oracle", "Greet", "stranger")
        pythia.register()
        out = []
        pythia.wait(lambda: greeted and not stays(pythia), WAIT_S, "a caller who has come and gone")
        out, _ = caller.communicate(timeout=WAIT_S)
        demand(caller.returncode == 0 and out == "Hello, stranger\n" and greeted == [b"stranger"], out)
        # By the daemon too, which reports our errors as ours.
        report = relay(pythia, daemon, "pythia", "oracle.Oracle", "NoSuch")
        demand(report.outcome == wire.NUMBERS["ENOENDPOINT"] and report.hops == ["pythia"], report)
        demand(report.origin_uuid == pythia.uid.uuid.hex(), report)
        pythia.unregister()
        demand(pythia.list("pythia") == [])
        pythia.register()
        demand([one.name for one in pythia.list()] == ["pythia", "daemon"])
    with Actor("visitor") as visitor:
        visitor.join(daemon.directory)
        demand(visitor.find("pythia") is None, "the entry goes with the connection")


def stays(actor):
    """Whether somebody who connected to us is still there."""
    return [one for one in actor.connections if not one.connected]


@cases.add
def wait_for_waits_until_somebody_registers(daemon):
    with Actor("early") as early, Actor("late") as late:
        early.join(daemon.directory)
        waiting = early.registrar.start("actor.Registrar", "WaitFor", wire.ActorName(name="late").pack())
        echo(early.registrar)  # so it has come, and does not block others
        demand(not waiting.ended)
        late.listen(daemon.directory)
        late.join(daemon.directory)
        late.register()
        found = wire.Registrations.unpack(waiting.wait()).registrations
        demand([(one.name, one.uuid) for one in found] == [("late", late.uid.uuid)], found)
        demand(found[0].addresses == [f"unix:{late.path}"] and found[0].pid == os.getpid(), found)
        given_up = early.registrar.start("actor.Registrar", "WaitFor", wire.ActorName(name="never").pack())
        given_up.cancel()
        demand_error("ECANCELED", given_up.wait)


@cases.add
def a_probe_is_answered_and_forgotten(daemon):
    # shows: DI-06
    with unharmed(daemon), Actor("curious") as curious:
        for _ in range(3):
            hello = curious.probe(daemon.address)
            demand(hello.registrar and not hello.probe, "the answer is no probe", hello)
        demand(curious.connections == [])
        with Actor("guest") as guest:
            guest.connect(daemon.address)
            seen = daemon.look("peer guest@")
        demand("peer witness@" in seen and "curious" not in seen and "have not said" not in seen, seen)


@cases.add
def a_stop_is_answered_with_bye(daemon):
    with unharmed(daemon) as other, Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        peer.stop()
        demand(peer.bye == "", peer.bye)
        # What was called before goes on to its end, and the Bye follows that.
        peer = visitor.connect(daemon.address)
        sleep = peer.start(MODULE, "Sleep")
        await_sleepers(other, asleep=1)
        peer.ask_to_end()
        peer.ping()
        await_sleepers(other, asleep=1)
        sleep.cancel()
        await_sleepers(other, asleep=0, cancelled=1)
        peer.await_bye()
        demand(peer.bye == "", peer.bye)


@cases.add
def a_bye_closes(daemon):
    with unharmed(daemon) as other, Raw(daemon) as raw:
        raw.say(Frame(wire.START, 1, wire.pack_start(MODULE, "Sleep", b"")[1], wire.BY_NAME))
        await_sleepers(other, asleep=1)
        raw.say(Frame(wire.BYE))
        raw.demand_end()
        await_sleepers(other, asleep=0, cancelled=1)


@cases.add
def a_daemon_says_bye_when_it_ends(daemon):
    with Actor("visitor") as visitor:
        peer = visitor.connect(daemon.address)
        sleep = peer.start(MODULE, "Sleep")
        await_sleepers(peer, asleep=1)
        demand(peer.call("self", "cancel") == b"")
        error = demand_error("ECANCELED", sleep.wait)
        visitor.wait(lambda: peer.lost, WAIT_S, "the Bye")
        demand(peer.bye == "", peer.bye)
    daemon.demand_exit()
    demand(not os.path.exists(f"{daemon.directory}/registry.sock"))


if __name__ == "__main__":
    run(cases)

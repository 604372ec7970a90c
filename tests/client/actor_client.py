# SPDX-License-Identifier: BSD-2-Clause
"""An actor in plain Python, of the standard library only, that was written from docs/wire-format.md and nothing else.

It finds actors by name and calls them, and can be found and called itself.  Whoever wants to speak to actors in another
language may begin here: the headings below are those of the page.

    with Actor("visitor") as visitor:
        visitor.join("/run/user/1000/actor/bank")        # the registry's directory
        teller = visitor.find("teller")                  # a Connection, or None
        reply = teller.call("bank.Teller", "Balance", request)   # packed messages, both

Everything happens in one thread, in turn(): it reads what has come, answers what must be answered at once, and writes
what is queued.  All that waits does so by calling it again and again, so an actor that waits serves others meanwhile.
"""

import dataclasses
import fcntl
import os
import selectors
import socket
import struct
import time
import uuid

VERSION = 1
BODY_MAX = 130_975  # beyond message_size_max
DIALOGS_MAX = 1024
MESSAGE_SIZE_MAX = 1 << 20
HANDSHAKE_S = 5.0


class ProtocolError(Exception):
    """The other side, or these bytes, break the rules."""


class ConnectionLost(Exception):
    """The connection has ended; the text is its Bye's, if there was one."""


# ---- Protocol Buffers: as much of it as the control bodies need ----

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def pack_varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def unpack_varint(data, at):
    """(value, where it ends)"""
    value = 0
    for i in range(10):
        if at + i >= len(data):
            break
        value |= (data[at + i] & 0x7F) << 7 * i
        if data[at + i] < 0x80:
            return value & (1 << 64) - 1, at + i + 1
    raise ProtocolError("a varint does not end")


def unpack_fields(data):
    """Each field of a message: (number, wire type, value)."""
    at = 0
    while at < len(data):
        tag, at = unpack_varint(data, at)
        wire = tag & 7
        if wire == VARINT:
            value, at = unpack_varint(data, at)
        else:
            size = {FIXED64: 8, FIXED32: 4}.get(wire)
            if wire == BYTES:
                size, at = unpack_varint(data, at)
            if size is None or size > len(data) - at:
                raise ProtocolError(f"field {tag >> 3} is cut off, or a group")
            value, at = bytes(data[at : at + size]), at + size
        yield tag >> 3, wire, value


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a value of a field is written."""

    wire: int
    pack: object  # value -> the int of a varint, or bytes
    unpack: object
    default: object = None


UINT = Kind(VARINT, int, int, 0)
BOOL = Kind(VARINT, int, bool, False)
SINT = Kind(VARINT, lambda v: v << 1 if v >= 0 else (-v << 1) - 1, lambda v: v >> 1 ^ -(v & 1), 0)
OPTIONAL_SINT = dataclasses.replace(SINT, default=None)
HASH = Kind(FIXED64, lambda v: struct.pack("<Q", v), lambda v: struct.unpack("<Q", v)[0], 0)
TEXT = Kind(BYTES, str.encode, lambda v: v.decode("utf-8"), "")
BLOB = Kind(BYTES, bytes, bytes, b"")


def nested(message):
    return Kind(BYTES, lambda v: v.pack(), lambda v: message.unpack(v))


@dataclasses.dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    repeated: bool = False


class Message:
    """A message; FIELDS has its fields by number.  A field that was not given has its default, and is not packed."""

    FIELDS = {}

    def __init__(self, **values):
        for field in self.FIELDS.values():
            setattr(self, field.name, values.pop(field.name, [] if field.repeated else field.kind.default))
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(values)}")

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"

    def pack(self):
        out = bytearray()
        for number, field in self.FIELDS.items():
            value = getattr(self, field.name)
            for one in value if field.repeated else [] if value == field.kind.default else [value]:
                packed = field.kind.pack(one)
                out += pack_varint(number << 3 | field.kind.wire)
                if field.kind.wire == BYTES:
                    out += pack_varint(len(packed))
                out += packed if field.kind.wire != VARINT else pack_varint(packed)
        return bytes(out)

    @classmethod
    def unpack(cls, data):
        message = cls()
        for number, wire, value in unpack_fields(data):
            field = cls.FIELDS.get(number)
            if field is None:
                continue  # of a later version
            if wire != field.kind.wire:
                raise ProtocolError(f"{cls.__name__}.{field.name} has the wire type {wire}")
            try:
                value = field.kind.unpack(value)
            except UnicodeDecodeError as error:
                raise ProtocolError(f"{cls.__name__}.{field.name}: {error}") from error
            if field.repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
        return message


# ---- Control bodies ----


class Uid(Message):
    FIELDS = {1: Field("name", TEXT), 2: Field("uuid", BLOB)}


class Module(Message):
    FIELDS = {1: Field("name", TEXT), 2: Field("fingerprint", HASH)}


class Hello(Message):
    FIELDS = {
        1: Field("version_min", UINT),
        2: Field("version_max", UINT),
        3: Field("uid", nested(Uid)),
        4: Field("pid", UINT),
        5: Field("registrar", BOOL),
        6: Field("build", UINT),
        7: Field("dialogs_max", UINT),
        8: Field("message_size_max", UINT),
        9: Field("modules", nested(Module), repeated=True),
        10: Field("probe", BOOL),
    }


class Cancel(Message):
    FIELDS = {1: Field("canceller", nested(Uid)), 2: Field("budget_ms", UINT)}


class Fault(Message):
    FIELDS = {
        1: Field("code", SINT),
        2: Field("type", TEXT),
        3: Field("message", TEXT),
        4: Field("hops", nested(Uid), repeated=True),
        5: Field("canceller", nested(Uid)),
        6: Field("wait_status", OPTIONAL_SINT),
        7: Field("parent", UINT),
        8: Field("dropped", UINT),
    }


class Error(Message):
    FIELDS = {1: Field("faults", nested(Fault), repeated=True), 2: Field("value_lost", BOOL)}


# ---- The registrar's messages ----


class ActorName(Message):
    FIELDS = {1: Field("name", TEXT)}


class Addresses(Message):
    FIELDS = {1: Field("addresses", TEXT, repeated=True)}


class Registration(Message):
    FIELDS = {
        1: Field("name", TEXT),
        2: Field("uuid", BLOB),
        3: Field("pid", UINT),
        4: Field("addresses", TEXT, repeated=True),
    }


class Registrations(Message):
    FIELDS = {1: Field("registrations", nested(Registration), repeated=True)}


# ---- Frames ----

HEADER = struct.Struct("<IBBHQ")
HELLO, SPAWN_SPEC, START, START_ACK, STARTED, YIELD, STOP, RETURN = range(1, 9)
ERROR, CANCEL, CANCEL_ACK, CREDIT, PING, PONG, BYE = range(9, 16)
BY_NAME, WANTS_ACK = 1, 2  # flags of a Start
FUNCTION = b"\1"  # the body of a StartAck


@dataclasses.dataclass
class Frame:
    kind: int
    cid: int = 0
    body: bytes = b""
    flags: int = 0

    def pack(self):
        return HEADER.pack(len(self.body), self.kind, self.flags, 0, self.cid) + self.body


class FrameReader:
    """Makes frames of bytes, however they are cut."""

    def __init__(self):
        self.bytes = bytearray()

    def add(self, data):
        self.bytes += data

    def take(self):
        """The next frame, or None while it is not complete."""
        if len(self.bytes) < HEADER.size:
            return None
        size, kind, flags, reserved, cid = HEADER.unpack_from(self.bytes)
        if size > MESSAGE_SIZE_MAX + BODY_MAX or not HELLO <= kind <= BYE or reserved:
            raise ProtocolError(f"a header that none can have: {bytes(self.bytes[:HEADER.size]).hex(' ')}")
        if flags & ~(BY_NAME | WANTS_ACK if kind == START else 0):
            raise ProtocolError(f"kind {kind} has no flags {flags:#x}")
        if len(self.bytes) < HEADER.size + size:
            return None
        frame = Frame(kind, cid, bytes(self.bytes[HEADER.size : HEADER.size + size]), flags)
        del self.bytes[: HEADER.size + size]
        return frame


# ---- Errors ----

CODES = {
    -1001: "ECANCELED",
    -1002: "ERAISED",
    -1003: "EINVAL",
    -1004: "EDEADLINE",
    -1005: "ENOENDPOINT",
    -1006: "ERUNNING",
    -1007: "EDENIED",
    -1008: "ENOMEM",
    -1009: "ECLOSED",
    -1010: "ENORUNTIME",
    -1011: "ENOMODULE",
    -1012: "EKIND",
    -1013: "EPROTOCOL",
    -1014: "EPEERGONE",
    -1015: "EGROUP",
    -1016: "ESPAWN",
    -1017: "ELISTEN",
    -1018: "ENOREGISTRAR",
}
NUMBERS = {name: number for number, name in CODES.items()}


class RemoteError(Exception):
    """What a call failed of.  `fault` is the failure, `members` those of a group; `hops` ends with who told us."""

    def __init__(self, error, tail, sender):
        self.fault, *self.members = error.faults
        self.code = CODES.get(self.fault.code, "ERAISED")
        self.hops = self.fault.hops + [sender]
        self.origin = self.hops[0]
        self.tail = tail  # the raised message, packed; or a stack
        super().__init__(f"{self.code}: {self.fault.message} (from {self.origin.name})")


class Failure(Exception):
    """Raised by what we serve: it becomes the Error of the call."""

    def __init__(self, code, message="", *, type="", tail=b"", hops=(), canceller=None):
        super().__init__(message)
        self.fault = Fault(
            code=NUMBERS[code], type=type, message=message, hops=list(hops), canceller=canceller
        )
        self.tail = tail


def pack_error(failure):
    packed = Error(faults=[failure.fault]).pack()
    return struct.pack("<I", len(packed)) + packed + failure.tail


def unpack_error(body, sender):
    if len(body) < 4 or (size := struct.unpack_from("<I", body)[0]) > len(body) - 4:
        raise ProtocolError("an Error that is cut off")
    error = Error.unpack(body[4 : 4 + size])
    if not error.faults:
        raise ProtocolError("an Error without a fault")
    return RemoteError(error, body[4 + size :], sender)


# ---- Dialogs ----


class Call:
    """A dialog that we began."""

    def __init__(self, connection, cid):
        self.connection, self.cid = connection, cid
        self.accepted = False  # a StartAck has come
        self.cancel_sent = self.cancel_acked = False
        self.reply = self.error = None  # one of them, when it has ended

    @property
    def ended(self):
        return self.reply is not None or self.error is not None

    def cancel(self):
        """The call still ends with an outcome of its own."""
        self.cancel_sent = True
        self.connection.send(Frame(CANCEL, self.cid))

    def wait(self, timeout=10.0):
        """The packed reply; or raises a RemoteError, or ConnectionLost."""
        self.connection.actor.wait(lambda: self.ended, timeout, "the outcome of a call")
        if self.error is not None:
            raise self.error
        return self.reply


def pack_start(module, endpoint, request, deadline_ms=0):
    """(flags, body) of a Start; both by number, or both by name."""
    if isinstance(module, int):
        return 0, struct.pack("<HHIII", module, endpoint, deadline_ms, 0, 0) + request
    names = b"".join(bytes([len(name.encode())]) + name.encode() for name in (module, endpoint))
    return BY_NAME, struct.pack("<HHIII", 0xFFFF, 0xFFFF, deadline_ms, 0, 0) + names + request


def unpack_start(flags, body):
    """(module, endpoint, request): numbers, or names with flag BY_NAME."""
    if len(body) < 16:
        raise ProtocolError("a Start that is shorter than its prefix")
    if not flags & BY_NAME:
        return *struct.unpack_from("<HH", body), body[16:]
    names, at = [], 16
    for _ in range(2):
        size = body[at] if at < len(body) else 0
        name = body[at + 1 : at + 1 + size]
        if size == 0 or len(name) < size or 0 in name:
            raise ProtocolError("a Start with names that cannot be read")
        names.append(name.decode("utf-8", "strict"))
        at += 1 + size
    return *names, body[at:]


class Connection:
    """A connection to a peer, open as soon as its Hello has come (`hello`)."""

    def __init__(self, actor, sock, connected):
        self.actor, self.socket = actor, sock
        self.connected = connected  # we did; else they did
        self.reader, self.unsent = FrameReader(), bytearray()
        self.hello = None
        self.bye = None  # the reason in the Bye that came
        self.lost = False
        self.calls, self.serving = {}, {}  # by cid; of the latter, the (module, endpoint)
        self.next_cid = 1 if connected else 2
        self.last_cid = 0  # that the other side used in a Start
        self.pongs = 0
        self.stopped = False  # Stop with cid 0 has come
        self.served = []  # (module, endpoint, request) of each call that came
        sock.setblocking(False)
        actor.selector.register(sock, selectors.EVENT_READ, self)

    # -- what we do --

    def send(self, frame):
        if self.lost:
            raise ConnectionLost(self.bye or "")
        self.unsent += frame.pack()
        self._write()

    def start(self, module, endpoint, request=b"", *, deadline_ms=0, wants_ack=False):
        """Begins a call, by names or by numbers, and does not wait for its outcome."""
        flags, body = pack_start(module, endpoint, request, deadline_ms)
        call = Call(self, self.next_cid)
        self.next_cid += 2
        self.calls[call.cid] = call
        self.send(Frame(START, call.cid, body, flags | (WANTS_ACK if wants_ack else 0)))
        return call

    def call(self, module, endpoint, request=b"", timeout=10.0, **options):
        return self.start(module, endpoint, request, **options).wait(timeout)

    def number_of(self, module):
        """Of a module: its place in their Hello."""
        return [one.name for one in self.hello.modules].index(module)

    def ping(self, timeout=10.0):
        pongs = self.pongs + 1
        self.send(Frame(PING))
        self.actor.wait(lambda: self.pongs == pongs or self.lost, timeout, "a Pong")
        if self.lost:
            raise ConnectionLost(self.bye or "")

    def answer(self, cid, outcome):
        """Ends a dialog that they began: with a packed reply, or a Failure."""
        del self.serving[cid]
        if isinstance(outcome, Failure):
            self.send(Frame(ERROR, cid, pack_error(outcome)))
        else:
            self.send(Frame(RETURN, cid, outcome))

    def stop(self, timeout=10.0):
        """We have no use for it any more; they answer with Bye when they have none either."""
        self.ask_to_end()
        self.await_bye(timeout)

    def ask_to_end(self):
        self.send(Frame(STOP))

    def await_bye(self, timeout=10.0):
        self.actor.wait(lambda: self.lost, timeout, "the Bye after a Stop")

    def close(self):
        """Says Bye and closes."""
        if not self.lost:
            self.unsent += Frame(BYE).pack()
            self._write()
            self._end()

    # -- what comes --

    def read(self):
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return self._end()
        self.reader.add(data)
        try:
            while not self.lost and (frame := self.reader.take()) is not None:
                self._handle(frame)
        except (ProtocolError, UnicodeDecodeError) as error:
            self.unsent += Frame(BYE, body=str(error).encode()[:159]).pack()
            self._write()
            self._end()

    def _handle(self, frame):
        if frame.kind == BYE:
            self.bye = frame.body.decode("utf-8", "replace")
            self._end()
        elif frame.kind == PING:
            self.send(Frame(PONG, frame.cid))
        elif self.hello is None:
            self._handle_hello(frame)
        elif frame.kind == PONG:
            self.pongs += 1
        elif frame.kind == STOP and frame.cid == 0 and not self.connected and not self.stopped:
            self.stopped = True
            self._leave_if_idle()
        elif frame.kind == START:
            self._handle_start(frame)
        elif frame.kind == CANCEL and frame.cid != 0:
            self.send(Frame(CANCEL_ACK, frame.cid))  # whatever it is for; a task of ours that runs is not cancelled
        elif frame.kind in (START_ACK, RETURN, ERROR, CANCEL_ACK) and frame.cid != 0:
            self._handle_of_call(frame)
        else:
            raise ProtocolError(f"kind {frame.kind} with cid {frame.cid} may not come here")

    def _handle_hello(self, frame):
        if frame.kind != HELLO:
            raise ProtocolError("something came before the Hello")
        hello = Hello.unpack(frame.body)
        if not hello.version_min <= VERSION <= hello.version_max:
            raise ProtocolError("no version of the protocol that both speak")
        if hello.uid is None or len(hello.uid.uuid) != 16:
            raise ProtocolError("a Hello without who it is")
        if not self.connected:
            self.send(Frame(HELLO, body=self.actor.hello().pack()))
        self.hello = hello
        if hello.probe and not self.connected:
            self.close()

    def _handle_start(self, frame):
        if frame.cid % 2 == self.next_cid % 2 or frame.cid <= self.last_cid:
            raise ProtocolError(f"a Start with cid {frame.cid}")
        self.last_cid = frame.cid
        module, endpoint, request = unpack_start(frame.flags, frame.body)
        self.served.append((module, endpoint, request))
        self.serving[frame.cid] = module, endpoint
        try:
            function = self.actor.look_up(module, endpoint)
            if frame.flags & WANTS_ACK:
                self.send(Frame(START_ACK, frame.cid, FUNCTION))
            reply = function(request)
        except Failure as failure:
            reply = failure
        if reply is not LATER:
            self.answer(frame.cid, reply)
            self._leave_if_idle()

    def _handle_of_call(self, frame):
        call = self.calls.get(frame.cid)
        if call is None:
            return  # late, and harmless
        if frame.kind == START_ACK:
            if frame.body != FUNCTION or call.accepted:
                raise ProtocolError("a StartAck that does not fit")
            call.accepted = True
        elif frame.kind == CANCEL_ACK:
            if not call.cancel_sent:
                raise ProtocolError("a CancelAck without a Cancel")
            call.cancel_acked = True
        else:
            del self.calls[frame.cid]
            if frame.kind == RETURN:
                call.reply = frame.body
            else:
                call.error = unpack_error(frame.body, self.hello.uid)
        self._leave_if_idle()

    def _leave_if_idle(self):
        if self.stopped and not self.calls and not self.serving:
            self.close()

    # -- the socket --

    def _write(self):
        try:
            while self.unsent:
                del self.unsent[: self.socket.send(self.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent.clear()  # what they wrote before the end is still to be read
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        if not self.lost:
            self.actor.selector.modify(self.socket, events, self)

    def _end(self):
        if self.lost:
            return
        self.lost = True
        self.actor.selector.unregister(self.socket)
        self.socket.close()
        if self in self.actor.connections:
            self.actor.connections.remove(self)
        for call in self.calls.values():
            call.error = ConnectionLost(self.bye or "")
        self.calls.clear()
        self.serving.clear()


# ---- Peers, and the registrar ----

LATER = object()  # given by a function that is served: answer() comes later


def path_of(address):
    transport, _, path = address.partition(":")
    if transport != "unix" or not path.startswith("/"):
        raise ValueError(f"not an address that we know: {address}")
    return path


class Actor:
    """Who we are, and all our connections.

    `modules` are what we serve: name -> [(endpoint, function)], in the order of the .proto file.  A function is given
    the packed request, and gives the packed reply, or LATER, or raises a Failure.
    """

    def __init__(self, name, modules=None, fingerprints=None):
        self.uid = Uid(name=name, uuid=uuid.uuid4().bytes)
        self.modules, self.fingerprints = modules or {}, fingerprints or {}
        self.selector = selectors.DefaultSelector()
        self.listener = self.path = self.lock = None
        self.connections = []
        self.registrar = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def hello(self, probe=False):
        return Hello(
            version_min=VERSION,
            version_max=VERSION,
            uid=self.uid,
            pid=os.getpid(),
            dialogs_max=DIALOGS_MAX,
            message_size_max=MESSAGE_SIZE_MAX,
            modules=[Module(name=name, fingerprint=self.fingerprints.get(name, 0)) for name in self.modules],
            probe=probe,
        )

    # -- to others --

    def connect(self, address, timeout=HANDSHAKE_S, probe=False):
        """A connection to who listens there, after the handshake.  OSError, ConnectionLost, TimeoutError."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            # Not settimeout(), with which a crowd at the door would be an error at once.
            limit = struct.pack("@ll", *divmod(int(timeout * 1e6), 10**6))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            sock.connect(path_of(address))
            _, user, _ = struct.unpack("iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if user != os.getuid():
                raise PermissionError(f"{address} is of the user {user}")
        except BaseException:
            sock.close()
            raise
        connection = Connection(self, sock, connected=True)
        self.connections.append(connection)
        connection.send(Frame(HELLO, body=self.hello(probe).pack()))
        self.wait(lambda: connection.hello is not None or connection.lost, timeout, f"the Hello from {address}")
        if connection.hello is None:
            raise ConnectionLost(connection.bye or "")
        return connection

    def probe(self, address, timeout=1.0):
        """The Hello of who is there."""
        connection = self.connect(address, timeout, probe=True)
        self.wait(lambda: connection.lost, timeout, "the end of a probe")
        return connection.hello

    def join(self, directory):
        """Connects to the registrar of the registry; we are in it only after register()."""
        self.registrar = self.connect(f"unix:{directory}/registry.sock")
        if not self.registrar.hello.registrar:
            raise ProtocolError(f"who listens at {directory}/registry.sock is no registrar")

    def _ask(self, endpoint, request, reply=None, timeout=10.0):
        packed = self.registrar.call("actor.Registrar", endpoint, request.pack(), timeout)
        return reply and reply.unpack(packed)

    def register(self, *addresses):
        """Enters us; by default with the address that we listen at.  The entry goes with the connection."""
        self._ask("Register", Addresses(addresses=list(addresses) or [f"unix:{self.path}"]))

    def unregister(self):
        self._ask("Unregister", Message())

    def list(self, name=""):
        return self._ask("List", ActorName(name=name), Registrations).registrations

    def find(self, name):
        """A connection to the latest actor of that name, or None."""
        return self._reach(name, "Find", 10.0)

    def wait_for(self, name, timeout=10.0):
        """The same, but waits until there is one."""
        return self._reach(name, "WaitFor", timeout)

    def _reach(self, name, endpoint, timeout):
        end = time.monotonic() + timeout
        while found := self._ask(
            endpoint, ActorName(name=name), Registrations, max(0, end - time.monotonic())
        ).registrations:
            connection = self._dial(found[0])
            if connection is not None:
                return connection
            self._ask("Report", found[0])  # and ask again
        return None

    def _dial(self, entry):
        """The actor of that entry, if it is that one which answers at one of its addresses."""
        for address in entry.addresses:
            try:
                connection = self.connect(address)
            except (OSError, ConnectionLost, ValueError):
                continue
            if connection.hello.uid == Uid(name=entry.name, uuid=entry.uuid):
                return connection
            connection.close()
        return None

    # -- for others --

    def listen(self, directory):
        """In a registry's directory, as actors of the registry do: with a lock beside the socket, while we live."""
        self.path = f"{directory}/{self.uid.name}@{os.getpid()}.sock"
        self.lock = os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.listener.setblocking(False)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o600)
        self.listener.listen(128)
        self.selector.register(self.listener, selectors.EVENT_READ, None)

    def look_up(self, module, endpoint):
        """The function that a Start means, by names or by numbers."""
        if module == "self":
            return self._look_up_verb(endpoint)
        if isinstance(module, int):
            module = list(self.modules)[module] if module < len(self.modules) else None
        if module not in self.modules:
            raise Failure("EDENIED")
        functions = self.modules[module]
        if isinstance(endpoint, int):
            functions = enumerate([function for _, function in functions])
        functions = dict(functions)
        if endpoint not in functions:
            raise Failure("ENOENDPOINT")
        return functions[endpoint]

    def _look_up_verb(self, verb):
        def denied(_):
            raise Failure("EDENIED")

        class StringValue(Message):
            FIELDS = {1: Field("value", TEXT)}

        verbs = {
            "ping": lambda request: request,
            "modules": lambda _: StringValue(value="\n".join(self.modules)).pack(),
            "cancel": denied,
        }
        if verb not in verbs:
            raise Failure("ENOENDPOINT")
        return verbs[verb]

    def _accept(self):
        sock, _ = self.listener.accept()
        self.connections.append(Connection(self, sock, connected=False))

    # -- time --

    def turn(self, timeout=0.0):
        """Waits for something to happen, at most so long, and does what there is to do."""
        for key, events in self.selector.select(timeout):
            if key.fileobj is self.listener:
                self._accept()
                continue
            if events & selectors.EVENT_WRITE:
                key.data._write()
            if events & selectors.EVENT_READ and not key.data.lost:
                key.data.read()

    def wait(self, condition, timeout, what):
        """Until the condition holds; TimeoutError, which says what was waited for."""
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{what} did not come in {timeout} s")
            self.turn(left)

    def close(self):
        for connection in list(self.connections):
            connection.close()
        if self.listener is not None:
            self.selector.unregister(self.listener)
            self.listener.close()
            for path in (self.path, self.path + ".lock"):
                os.unlink(path)
            os.close(self.lock)
            self.listener = None
        self.selector.close()

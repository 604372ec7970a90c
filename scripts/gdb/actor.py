# SPDX-License-Identifier: BSD-2-Clause
"""The tasks of an actor, in gdb.  For a process, or a core file, on x86-64:

    gdb -p PID -x scripts/gdb/actor.py
    (gdb) actor tasks             each task, and where it waits
    (gdb) actor backtrace         the stacks of all tasks that do not run
    (gdb) actor backtrace 3       of the third

Nothing is written to the process.  libactor must have debug information, as our presets give it.
"""

import gdb
import gdb.unwinder

FRAMES_MAX = 100

# Where jump_fcontext() of Boost.Context leaves the registers of a stack, from the address that it gives.
SAVED = {"r12": 0x08, "r13": 0x10, "r14": 0x18, "r15": 0x20, "rbx": 0x28, "rbp": 0x30, "rip": 0x38}
SAVED_SIZE = 0x40


class Suspended(gdb.unwinder.Unwinder):
    """Says that the innermost frame was called by a suspended task, so that gdb goes on with the stack of that."""

    def __init__(self):
        super().__init__("actor-task")
        self.enabled = False
        self.context = 0

    def __call__(self, pending):
        if pending.level() != 0:
            return None
        pointer = pending.read_register("rsp")
        # A frame's caller must lie above it: so this one is said to lie just below the task's.
        below = gdb.Value(self.context).cast(pointer.type)
        info = pending.create_unwind_info(FrameId(below, pending.read_register("rip")))
        for name, offset in SAVED.items():
            info.add_saved_register(name, self.word(offset, pending.read_register(name).type))
        info.add_saved_register("rsp", gdb.Value(self.context + SAVED_SIZE).cast(pointer.type))
        return info

    def word(self, offset, kind):
        place = gdb.Value(self.context + offset).cast(gdb.lookup_type("unsigned long").pointer())
        return place.dereference().cast(kind)

    def frames(self, context):
        """Names and places of the frames of a task, the innermost first."""
        self.context = context
        self.enabled = True
        gdb.invalidate_cached_frames()
        try:
            frame = gdb.newest_frame().older()
            for _ in range(FRAMES_MAX):
                if frame is None or not frame.is_valid():
                    break
                yield frame
                if frame.name() == "entry":
                    break
                frame = frame.older()
        finally:
            self.enabled = False
            gdb.invalidate_cached_frames()


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


unwinder = Suspended()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def scheduler():
    """The actor's: by the life that is on the stack of the loop, or by the task that runs."""
    frame = gdb.newest_frame()
    while frame is not None:
        for name in ("proc", "task"):
            value = variable(frame, name)
            if value is not None:
                return value["actor"]["scheduler"] if name == "proc" else value["scheduler"].dereference()
        frame = frame.older()
    raise gdb.GdbError("no actor here: select the thread of actor_main(), and build libactor with debug information")


def variable(frame, name):
    wanted = {"proc": "struct acti_proc", "task": "struct acti_task"}[name]
    try:
        value = frame.read_var(name)
        if value.is_optimized_out or str(value.type.unqualified().strip_typedefs().target()) != wanted:
            return None
        return value if int(value) != 0 else None
    except (ValueError, RuntimeError, gdb.error):
        return None


def tasks():
    head = scheduler()["tasks"]
    kind = gdb.lookup_type("struct acti_task")
    offset = next(field.bitpos // 8 for field in kind.fields() if field.name == "all_link")
    link, number = head["next"], 0
    while link != head.address:
        number += 1
        yield number, gdb.Value(int(link) - offset).cast(kind.pointer()).dereference()
        link = link["next"]


def title(task):
    name = task["name"].string()
    return f"{task['service']['name'].string()}.{name}" if int(task["service"]) and int(task["serves"]) else name


def state(task):
    text = str(task["state"]).replace("ACTI_TASK_", "").lower()
    if text != "waiting":
        return text
    block = gdb.block_for_pc(int(task["place"]))
    return f"waiting: {block.function if block and block.function else task['place']}"


class Actor(gdb.Command):
    """What the tasks of an actor do: actor tasks, actor backtrace [NUMBER]."""

    def __init__(self):
        super().__init__("actor", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """The tasks of this actor: number, name, state."""

    def __init__(self):
        super().__init__("actor tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for number, task in tasks():
            print(f"{number:3}  {title(task)}  {state(task)}")


class Backtrace(gdb.Command):
    """The stacks of the tasks that do not run, or of one: actor backtrace [NUMBER]."""

    def __init__(self):
        super().__init__("actor backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if gdb.selected_inferior().architecture().name() != "i386:x86-64":
            raise gdb.GdbError("stacks that do not run can be shown on x86-64 only")
        wanted = int(argument) if argument else 0
        for number, task in list(tasks()):
            if wanted not in (0, number):
                continue
            print(f"task {number}, {title(task)}, {state(task)}")
            if not state(task).startswith(("waiting", "ready")):
                print("    it runs: its stack is that of the thread")
                continue
            for level, frame in enumerate(unwinder.frames(int(task["coroutine"]["context"]))):
                place = frame.find_sal()
                where = f" at {place.symtab.filename}:{place.line}" if place.symtab else ""
                print(f"  #{level:<3} {frame.name() or hex(frame.pc())}{where}")


Actor()
Tasks()
Backtrace()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""usage: mutants.py SOURCE_DIR WORK_DIR [--seeds N] [--jobs N] [--only REGEX]   plants each mistake, and simulates until it shows
       mutants.py SOURCE_DIR --check                                            says whether each can still be planted

Each mistake is one that somebody could make in the protocol, in supervision or in cleaning up: a piece of the runtime's
text, and what stands there instead.  One that the simulator does not find within the seeds is a hole in what it checks.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

MUTANTS = [
    ("an unknown cancel is not acknowledged", "rpc/connection.c",
     "of its call\");\n		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);",
     "of its call\");"),
    ("a cancel is not acknowledged", "rpc/connection.c",
     "&connection->peer);\n		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);",
     "&connection->peer);"),
    ("a cancel is acknowledged twice", "rpc/connection.c",
     "&connection->peer);\n		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);",
     "&connection->peer);\n		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);\n"
     "		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);"),
    ("a cancel is acknowledged and does nothing", "rpc/connection.c",
     "		acti_scope_cancel(&dialog->task->root_scope, ACTOR_ECANCELED, &connection->peer);\n", ""),
    ("a cid is used again", "rpc/call.c",
     "	connection->next_cid += 2;", "	connection->next_cid += connection->next_cid < 5 ? 2 : 0;"),
    ("the end of a link forgets the calls that were not sent yet", "rpc/connection.c",
     "{ &connection->calls, &connection->queued }", "{ &connection->calls }"),
    ("the end of a link forgets the calls that were sent", "rpc/connection.c",
     "{ &connection->calls, &connection->queued }", "{ &connection->queued }"),
    ("what a dead child wrote last is not read", "proc/child.c",
     "	acti_link_drain(&child->connection.link);\n", ""),
    ("a torn last frame is taken for a violation", "net/link.c",
     "	end(link, link->reason[0] != '\\0' ? link->reason : NULL);",
     "	link->is_violated = link->reason[0] != '\\0';\n	end(link, link->reason[0] != '\\0' ? link->reason : NULL);"),
    ("a partial write is taken for a whole one", "net/link.c",
     "			link->out_start += (size_t)count;", "			link->out_start = link->out_end;"),
    ("the rest of a read after its last whole frame is lost", "net/link.c",
     "	link->in_size -= start;", "	link->in_size -= start > 0 ? link->in_size : 0;"),
    ("what is left for the next turn is never gone on with", "proc/life.c",
     "	acti_links_go_on(&proc->actor.turns);\n", ""),
    ("an abandoned call keeps its place for ever", "rpc/connection.c",
     "after all\");\n		connection->call_count--;", "after all\");"),
    ("calls that wait for room are not sent when there is some", "rpc/call.c",
     "	if (!was_queued)\n		acti_calls_send_queued(connection);", ""),
    ("a child's record is not given back", "proc/child.c",
     "	acti_release(&actor->os->memory, child);\n", ""),
    ("a call that is cancelled before it was sent is forgotten", "rpc/call.c",
     "		call->rc = ACTOR_ECANCELED;\n		finish(dialog);\n		return;", "		return;"),
    ("a handshake's timer goes on", "proc/parent.c",
     "	actor->os->ops->timer_stop(actor->os, &proc->handshake);\n	boot(proc, spec);", "	boot(proc, spec);"),
    ("an error is not passed on to who waits for a spawn", "proc/child.c",
     "	acti_wake_all(&child->waiters);\n	/* A spawn that failed", "	/* A spawn that failed"),
    ("no SIGTERM for a child that does not acknowledge", "proc/child.c",
     "		force(child, has_time && child->is_booted ? SIGTERM : SIGKILL);\n", ""),
    ("no SIGKILL when a budget is over", "proc/child.c",
     "	default:\n		force(child, SIGKILL);", "	default:"),
    ("a nursery closes before its last child", "task/nursery.c",
     "	while (nursery->child_count > 0)\n		acti_wait_shielded",
     "	while (nursery->child_count > 1)\n		acti_wait_shielded"),
    ("the first failure does not cancel the rest", "task/nursery.c",
     "	acti_scope_cancel(&nursery->scope, ACTOR_ECANCELED, nursery->task->scheduler->uid);\n}\n\nvoid\nacti_nursery_remove",
     "}\n\nvoid\nacti_nursery_remove"),
    ("a scope's cancellation stops at the next scope", "task/scope.c",
     "		acti_task_interrupt(scope->task);\n	mark_children(scope);", "		acti_task_interrupt(scope->task);"),
    ("Bye is not the last that is said", "proc/life.c",
     "	acti_link_stop_reading(&proc->parent.link);\n", ""),
    ("the outcome of a call and its cancellation are mixed up", "rpc/call.c",
     "	acti_task_settle(plain->task);", "	"),
    ("a one-shot's actor is not ended with it", "proc/one_shot.c",
     "		acti_nursery_fail(child->child.nursery, self->error);\n	acti_child_process_stop(child);",
     "		acti_nursery_fail(child->child.nursery, self->error);"),
    ("a process that could not be set up is left alone", "proc/spawn.c",
     "		actor->os->ops->process_end(actor->os, &child->process);\n", ""),
    ("an actor without its parent goes on", "proc/parent.c",
     "	acti_connection_drop_portals(connection);\n	actor->hooks->cancel_actor(",
     "	acti_connection_drop_portals(connection);\n	return;\n	actor->hooks->cancel_actor("),
    ("a failure is told twice", "rpc/serve.c",
     "		acti_connection_send_error(connection, dialog->cid, &task->error);\n	else if",
     "		acti_connection_send_error(connection, dialog->cid, &task->error),\n"
     "		    acti_connection_send_error(connection, dialog->cid, &task->error);\n	else if"),
    ("a failing endpoint says nothing", "rpc/serve.c",
     "		acti_connection_send_error(connection, dialog->cid, &task->error);\n	else if", "		(void)0;\n	else if"),
    ("a child that has gone is not told to its nursery", "proc/child.c",
     "	acti_nursery_remove(&child->child, failed && child->is_booted ? &child->loss : NULL);\n", ""),
    ("a watch outlives its process", "proc/child.c",
     "	os->ops->watch_stop(os, &child->watch);\n	enter(child, ACTI_CHILD_KILLED, 0);",
     "	enter(child, ACTI_CHILD_KILLED, 0);"),
    ("the wait status of a child is another's", "proc/child.c",
     "	child->loss.wait_status = child->status;", "	child->loss.wait_status = 0;"),
    ("a relayed error loses an actor on its way", "wire/control.c",
     "	acti_error_append_hop(error, peer);\n", "	if (fault->hops_count == 0)\n		acti_error_append_hop(error, peer);\n"),
    ("a relayed error forgets its members", "wire/control.c",
     "errors[i] = group != NULL ? acti_error_new_member(pool, group) : NULL;", "errors[i] = group != NULL && i < 2 ? acti_error_new_member(pool, group) : NULL;"),
    ("who is there is taken for who was expected", "proc/peer.c",
     "		peer->is_wrong = true;\n		say_bye_and_end(peer, \"it is not who was expected there\");\n", ""),
    ("a connection is let go while it is in use", "proc/peer.c",
     "!peer->connection.is_open || is_in_use(peer))", "!peer->connection.is_open)"),
    ("a connection that nobody needs is kept", "proc/peer.c",
     "		peer->has_released = true;\n		consider_release(peer);", "		peer->has_released = true;"),
    ("who stops keeps those who have not said who they are", "proc/listener.c",
     "		if (!peer->is_ours)\n			acti_peer_end(peer, ACTOR_EPEERGONE, \"this actor is stopping\");", ""),
    ("one who only asks who is there is a peer", "proc/peer.c",
     "	if (!peer->is_ours && connection->is_probe) {", "	if (false) {"),
    ("the rest of the answer to who only asks is lost", "proc/peer.c",
     "	if (acti_link_pending(&peer->connection.link) > 0)\n		os->ops->timer_start", "	if (false)\n		os->ops->timer_start"),
    ("what is lost with a peer's half of the connection has no reason", "proc/peer.c",
     "	acti_error_set(errors_of(peer), peer->loss, ACTOR_EPEERGONE, \"%s: it says no more\", name_of(peer, name));\n",
     "	(void)name;\n"),
    ("one that was let go is found again", "proc/peer.c",
     "is_usable(&peer->connection) && !peer->is_released && ", "is_usable(&peer->connection) && "),
    ("anybody may stop a root", "proc/peer.c",
     "	peer->connection.peer_may_cancel = may_cancel(proc, who->uid);",
     "	peer->connection.peer_may_cancel = may_cancel(proc, who->uid) || !proc->has_parent;"),
    ("what was called over a connection goes on when that is lost", "rpc/connection.c",
     "	acti_scope_cancel(&connection->served, ACTOR_ECANCELED, &connection->peer);\n", ""),
    ("an entry outlives its connection", "disc/registry.c",
     "	remove_entry(acti_container_of(cleanup, struct entry, loss));",
     "	acti_list_init(&acti_container_of(cleanup, struct entry, loss)->loss.link);"),
    ("the first of a name is found, not the latest", "disc/registry.c",
     "	for (struct acti_list *link = registry->entries.prev; link != &registry->entries; link = link->prev) {\n"
     "		if (strcmp(",
     "	for (struct acti_list *link = registry->entries.next; link != &registry->entries; link = link->next) {\n"
     "		if (strcmp("),
    ("who waits for a name is not woken", "disc/registry.c", "			acti_wake_all(&waiter->queue);", "			(void)waiter;"),
    ("a stale entry is kept", "disc/registry.c",
     "	if (entry != NULL && memcmp(&entry->found, &found, sizeof found) == 0)\n		remove_stale(entry);\n", ""),
    ("a list leaves out the latest", "disc/registry.c",
     "	for (struct acti_list *link = registry->entries.prev; link != &registry->entries; link = link->prev) {\n"
     "		const struct acti_found",
     "	for (struct acti_list *link = registry->entries.next; link != registry->entries.prev; link = link->next) {\n"
     "		const struct acti_found"),
    ("who lost his registrar does not look for another", "disc/membership.c",
     "		if (rc == 0)\n			rc = pause_for_a_while(self);", "		if (rc == 0)\n			rc = 1;"),
    ("who was entered by a registrar that is gone is entered", "disc/membership.c",
     "	if (rc == 0 && self->portal == NULL)", "	if (false)"),
    ("a registrar that does not answer has answered", "disc/lookup.c",
     "	if (fired && !is_answered && rc == 0)\n", "	if (fired && !is_answered && rc > 0)\n"),
    ("the loss of a registrar is that of who was looked for", "disc/lookup.c",
     "	if (rc != ACTOR_EPEERGONE && rc != ACTOR_ECLOSED && (!acti_code_is_cancellation(rc) || is_ours))\n		return rc;",
     "	if (true)\n		return rc;"),
    ("who is found is not who was looked for", "disc/lookup.c",
     "			.expected = &found->uid,\n", ""),
    ("a second root takes the place of the first", "disc/discovery.c",
     "		if (rc == 0 && found == REGISTRAR)\n			*ret_is_taken = true;", "		(void)found;"),
    ("who was told to stop begins to listen", "disc/discovery.c",
     "	return acti_scope_check(task->scope, task);", "	return task == NULL;"),
    ("a call to itself is made although it is cancelled", "rpc/local.c",
     "	int rc = acti_scope_check(task->scope, task);", "	int rc = 0;"),
    ("what an actor calls in itself is called by whom it serves", "rpc/serve.c",
     "	if (task == NULL || task->ended != ended || task->serves_itself)\n		return NULL;\n	return ((struct acti_dialog *)task->owner)->connection;",
     "	if (task == NULL || task->ended != ended)\n		return NULL;\n	return ((struct acti_dialog *)task->owner)->connection;"),
    ("all of one name listen at one address", "net/transport.c",
     '		snprintf(file, sizeof file, "%s@%d.sock", name, (int)pid);', '		snprintf(file, sizeof file, "%s@1.sock", name);'),
    ("credit is not given back", "rpc/stream.c",
     "	send_credit(context, (uint32_t)in->owed_messages, (uint32_t)in->owed_bytes, 0);\n", ""),
    ("a sender that waits for credit is not woken", "rpc/stream.c",
     "	acti_stream_take_policy(context, frame->flags);\n	acti_stream_wake_writer(context);",
     "	acti_stream_take_policy(context, frame->flags);"),
    ("an item is sent beyond the messages that were granted", "rpc/send.c",
     "	if (out->credit_messages > 0 && out->credit_bytes > 0)\n		return 0;", "	if (out->credit_bytes > 0)\n		return 0;"),
    ("an item that is not sent whole keeps its credit", "rpc/send.c",
     "		context->out.credit_bytes -= (int64_t)count;\n",
     "		context->out.credit_bytes -= sent == 0 ? (int64_t)size : 0;\n"),
    ("a large item leaves all at once, however much is queued", "rpc/send.c",
     "		if (acti_link_pending(link) > QUEUED_MAX) {\n			acti_stream_await(", "		if (false) {\n			acti_stream_await("),
    ("the end of an item that is not sent whole is not told", "rpc/send.c",
     "		abort_sending(context);\n", "		(void)abort_sending;\n"),
    ("a Stop is lost", "rpc/send.c",
     "	if (queue(context, ACTI_FRAME_STOP, 0, 0) == NULL)\n		acti_link_break(&acti_stream_connection(context)->link);\n", ""),
    ("a Stop ends nothing", "rpc/stream.c",
     "	in->has_ended = true;\n	acti_wake_all(&in->readers);\n	return NULL;",
     "	acti_wake_all(&in->readers);\n	return NULL;"),
    ("who waits for an item is not woken", "rpc/stream.c",
     "	if (!acti_list_is_empty(&in->readers))\n		acti_wake_all(&in->readers);\n", ""),
    ("items that were dropped last are not told of", "rpc/send.c",
     "	if (context->out.unreported > 0)\n		stop(context);", "	(void)context;"),
    ("what follows an item without memory is another item", "rpc/stream.c", "	in->has_run_out = true;\n", ""),
    ("a slow subscriber is not told what it has lost", "rpc/subscription.c",
     "		consumer->missed += first - consumer->next;\n", ""),
    ("what a sender has dropped is not told to several receivers", "rpc/subscription.c",
     "	share_lost(in, item->lost);\n", ""),
    ("who closes a context does not take what still comes", "rpc/opener.c",
     "	context->in.is_closing = true;\n	acti_stream_discard(context);\n", ""),
    ("a context is closed before its endpoint's task has ended", "rpc/opener.c",
     "	if (context->cancel_acked)\n		return;\n", ""),
    ("any end is what cancel() has asked for", "rpc/opener.c",
     "	context->is_absorbed = error != NULL && is_as_asked(context, error);",
     "	context->is_absorbed = error != NULL && context->cancelled_by != NULL;\n	(void)is_as_asked;"),
    ("the end that cancel() has asked for is a failure", "rpc/opener.c",
     "	context->is_absorbed = error != NULL && is_as_asked(context, error);",
     "	context->is_absorbed = false;\n	(void)is_as_asked;"),
    ("an end that somebody else has asked for is what cancel() has asked for", "rpc/opener.c",
     "(error->has_canceller && acti_uid_equal(&error->canceller, &context->actor->uid)));", "error->has_canceller);"),
    ("the latest items are received first", "rpc/inbox.c",
     "	if (inbox->last != NULL)\n		inbox->last->next = block;\n	else\n		inbox->first = block;\n",
     "	block->next = inbox->first;\n	inbox->first = block;\n"),
    ("a context that announces nothing has returned", "rpc/serve.c",
     "	if (rc == 0 && dialog->context != NULL && !dialog->context->has_started)", "	if (false)"),
    ("a context's Cancel is forgotten", "rpc/machine.c",
     "{ ON(CANCEL, CANCEL, ANNOUNCED), ", "{ ON(CANCEL, IGNORE, ANNOUNCED), "),
    ("an endpoint's first credit is forgotten", "rpc/machine.c", "ON(CREDIT, CREDIT, OPENED)", "ON(CREDIT, IGNORE, OPENED)"),
    ("items go on behind a Stop", "rpc/machine.c", "ON(STOP, STOP, HALF_CLOSED)", "ON(STOP, IGNORE, HALF_CLOSED)"),
]


def plant(source, mutant):
    """The file's text with the mistake in it."""
    name, path, old, new = mutant
    text = (source / "runtime" / path).read_text()
    count = text.count(old)
    if count != 1:
        raise SystemExit(f"runtime/{path} has {count} places for the mutant \"{name}\": bring tests/sim/mutants.py up to date")
    return text.replace(old, new)


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def build(work):
    result = run(["cmake", "--build", work / "build", "--target", "world", "--", "--quiet"])
    if result.returncode != 0:
        raise SystemExit(f"it does not build:\n{result.stdout[:2000]}")


def simulate(work, seeds, jobs):
    """The first line of a failure; None: nothing was found."""
    command = [work / "build/tests/sim/world", "--seeds", str(seeds), "--jobs", str(jobs), "--quick"]
    try:
        result = run(command, timeout=300)
    except subprocess.TimeoutExpired:
        return "it goes on for ever"
    if result.returncode == 0:
        return None
    lines = [line for line in result.stdout.splitlines() if "FAILED" in line or "died" in line]
    return lines[0] if lines else f"ended with {result.returncode}"


def prepare(source, work):
    tree = work / "source"
    listed = run(["git", "-C", source, "ls-files", "-co", "--exclude-standard"], check=True).stdout.split("\n")
    for name in filter(None, listed):
        target = tree / name
        if not (source / name).is_file():
            continue
        if target.is_file() and target.read_bytes() == (source / name).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target)
    result = run(["cmake", "-S", tree, "-B", work / "build", "-G", "Ninja", "-D", "CMAKE_BUILD_TYPE=Debug",
                  "-D", "CMAKE_C_FLAGS_DEBUG=-O1 -g", "-D", "ACTOR_FAULTS=ON"])
    if result.returncode != 0:
        raise SystemExit(result.stdout)
    return tree


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path, nargs="?")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=100000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only")
    arguments = parser.parse_args()
    if not arguments.check and arguments.work is None:
        parser.error("a WORK_DIR is needed, where they are built")
    mutants = [mutant for mutant in MUTANTS if arguments.only is None or re.search(arguments.only, mutant[0])]
    texts = [plant(arguments.source, mutant) for mutant in mutants]
    if arguments.check:
        print(f"{len(mutants)} mutants can be planted")
        return 0
    tree = prepare(arguments.source, arguments.work)
    build(arguments.work)
    found = simulate(arguments.work, 2000, arguments.jobs)
    if found is not None:
        raise SystemExit(f"without a mutant: {found}")
    survivors = 0
    for (name, path, _, _), text in zip(mutants, texts):
        file = tree / "runtime" / path
        before = file.read_text()
        start = time.monotonic()
        file.write_text(text)
        try:
            build(arguments.work)
            found = simulate(arguments.work, arguments.seeds, arguments.jobs)
        finally:
            file.write_text(before)
        survivors += found is None
        print(f"{'SURVIVES' if found is None else 'found'}: {name} ({time.monotonic() - start:.1f} s)"
              + (f"\n    {found}" if found else ""), flush=True)
    print(f"{len(mutants)} mutants, {survivors} not found")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())

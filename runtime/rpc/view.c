/* SPDX-License-Identifier: BSD-2-Clause */
/* What the live view tells of connections. */
#include <rpc/connection.h>

void
acti_call_view_name(struct acti_view *view, const struct acti_call *call)
{
	acti_view_add(view, "%s.%s", call->module_name, call->endpoint_name);
}

void
acti_waiting_for_room(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_connection *connection =
	    acti_container_of(task->queue, const struct acti_connection, link.writers);

	acti_view_add(view, "waits for room on the link to ");
	acti_view_add_uid(view, &connection->peer);
	acti_view_add(view, ", where ");
	acti_view_add_count(view, acti_link_pending(&connection->link), "byte is queued", "bytes are queued");
}

void
acti_dialog_view_title(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_dialog *dialog = task->owner;

	acti_view_add(view, " %s.%s for ", dialog->served->service->name, dialog->endpoint->name);
	acti_view_add_uid(view, &dialog->connection->peer);
}

/* "serves #3 demo.Tree.Square: serving, for 1,234 ms" */
static void
show_dialog(struct acti_view *view, const struct acti_dialog *dialog)
{
	acti_view_begin(view);
	acti_view_add(view, dialog->task != NULL ? "serves" : "calls");
	if (dialog->cid != 0)
		acti_view_add(view, " #%llu", (unsigned long long)dialog->cid);
	if (dialog->task != NULL)
		acti_view_add(view, " %s.%s", dialog->served->service->name, dialog->endpoint->name);
	else if (dialog->call != NULL) {
		acti_view_add(view, " ");
		acti_call_view_name(view, dialog->call);
	}
	acti_view_add(view, ": %s%s", dialog->cid != 0 ? acti_dialog_state_name(dialog->state) : "queued",
	              dialog->cancel_sent ? ", cancelled" : "");
	if (dialog->since_ns != 0) {
		acti_view_add(view, ", for ");
		acti_view_add_ms_since(view, dialog->since_ns);
	}
	acti_view_end(view);
}

static void
show_list(struct acti_view *view, const struct acti_list *list, const char *what)
{
	size_t count = 0;

	acti_list_for_each(link, list) {
		if (acti_view_has_room(&count))
			show_dialog(view, acti_container_of(link, const struct acti_dialog, link));
	}
	acti_view_rest(view, count, what);
}

/* They are on no list of their own. */
static void
show_served(struct acti_view *view, const struct acti_connection *connection)
{
	size_t count = 0;

	for (size_t i = 0; i < ACTI_DIALOG_BUCKETS; i++)
		for (const struct acti_dialog *dialog = connection->buckets[i]; dialog != NULL; dialog = dialog->next)
			if (dialog->task != NULL && acti_view_has_room(&count))
				show_dialog(view, dialog);
	acti_view_rest(view, count, "that are served");
}

void
acti_connection_view(struct acti_view *view, const struct acti_connection *connection)
{
	show_served(view, connection);
	show_list(view, &connection->calls, "calls");
	show_list(view, &connection->queued, "calls that wait to be sent");
}

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_LIST_H
#define ACTI_BASE_LIST_H

/* Intrusive, circular, doubly linked lists.  A link that is on no list points to itself. */

#include <stdbool.h>
#include <stddef.h>

struct acti_list {
	struct acti_list *next, *prev;
};

#define acti_container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define acti_list_for_each(link, list) for (struct acti_list *link = (list)->next; link != (list); link = link->next)

static inline void
acti_list_init(struct acti_list *list)
{
	list->next = list->prev = list;
}

static inline bool
acti_list_is_empty(const struct acti_list *list)
{
	return list->next == list;
}

static inline void
acti_list_push_back(struct acti_list *list, struct acti_list *link)
{
	link->prev = list->prev;
	link->next = list;
	list->prev->next = link;
	list->prev = link;
}

static inline void
acti_list_push_front(struct acti_list *list, struct acti_list *link)
{
	acti_list_push_back(list->next, link);
}

/* Appends all of `from`, which is empty then. */
static inline void
acti_list_splice(struct acti_list *list, struct acti_list *from)
{
	if (acti_list_is_empty(from))
		return;
	from->next->prev = list->prev;
	list->prev->next = from->next;
	from->prev->next = list;
	list->prev = from->prev;
	acti_list_init(from);
}

/* Safe on a link that is on no list. */
static inline void
acti_list_remove(struct acti_list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	acti_list_init(link);
}

static inline struct acti_list *
acti_list_pop_front(struct acti_list *list)
{
	struct acti_list *link = list->next;

	if (link == list)
		return NULL;
	acti_list_remove(link);
	return link;
}

#endif

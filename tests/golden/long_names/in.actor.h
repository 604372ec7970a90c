/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#ifndef ACTOR_GENERATED_IN_H
#define ACTOR_GENERATED_IN_H

#include <actor/generated.h>

#include "in.pb-c.h"

#if ACTOR_GENERATED_ABI != 4
#error "in.actor.h and libactor do not fit: run the actorgen that came with this libactor"
#endif

ACTOR_BEGIN

/* ---- messages ---- */

/*
 * Keyword style: ACME_WAREHOUSE_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_REQUEST(.field = ...) is a pointer to one.  It
 * lives as long as the block that it is written in.
 */

#define ACME_WAREHOUSE_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_REQUEST(...) \
	(&(const Acme__Warehouse__ReserveItemsForCustomerOrderRequest){ .base = PROTOBUF_C_MESSAGE_INIT(&acme__warehouse__reserve_items_for_customer_order_request__descriptor), \
	                                                                __VA_ARGS__ })
#define ACME_WAREHOUSE_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_REPLY(...) \
	(&(const Acme__Warehouse__ReserveItemsForCustomerOrderReply){ .base = PROTOBUF_C_MESSAGE_INIT(&acme__warehouse__reserve_items_for_customer_order_reply__descriptor), \
	                                                              __VA_ARGS__ })
#define ACME_WAREHOUSE_ITEMS_ARE_NO_LONGER_AVAILABLE(...) \
	(&(const Acme__Warehouse__ItemsAreNoLongerAvailable){ .base = PROTOBUF_C_MESSAGE_INIT(&acme__warehouse__items_are_no_longer_available__descriptor), \
	                                                      __VA_ARGS__ })

/* ==== acme.warehouse.InventoryManager ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service acme_warehouse_inventory_manager_service;

/* ---- serving ---- */

struct acme_warehouse_inventory_manager_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct acme_warehouse_inventory_manager_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct acme_warehouse_inventory_manager_state **ret_state);
	void (*state_close)(struct acme_warehouse_inventory_manager_state *state);

	/* May raise acme.warehouse.ItemsAreNoLongerAvailable. */
	int (*reserve_items_for_customer_order)(struct acme_warehouse_inventory_manager_state *state,
	                                        const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
	                                        Acme__Warehouse__ReserveItemsForCustomerOrderReply *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
acme_warehouse_inventory_manager_module(const struct acme_warehouse_inventory_manager_ops *ops)
{
	struct actor_module module = { &acme_warehouse_inventory_manager_service, ops };
	return module;
}

/* ---- raising, and telling what was raised ---- */

/*
 * Fails the endpoint with a acme.warehouse.ItemsAreNoLongerAvailable: `return
 * acme_warehouse_inventory_manager_raise_items_are_no_longer_available(...)`.  `value` is copied.
 */
int acme_warehouse_inventory_manager_raise_items_are_no_longer_available(const Acme__Warehouse__ItemsAreNoLongerAvailable *value)
    ACTOR_MUST_USE;

/*
 * The acme.warehouse.ItemsAreNoLongerAvailable that was raised, in the task's memory; NULL if the error is another
 * one, or its value was lost.
 */
const Acme__Warehouse__ItemsAreNoLongerAvailable *acme_warehouse_inventory_manager_raised_items_are_no_longer_available(const struct actor_error *error);

/* ---- calling ---- */

/* Only an actor that serves a InventoryManager fits here.  Copy it freely; {0} is nobody. */
struct acme_warehouse_inventory_manager {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves InventoryManager, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int acme_warehouse_inventory_manager_spawn(struct actor_nursery *nursery, const char *name,
                                           const struct actor_spawn_options *options,
                                           struct acme_warehouse_inventory_manager *ret_inventory_manager) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve InventoryManager: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int acme_warehouse_inventory_manager_find_actor(struct actor_nursery *nursery, const char *name,
                                                struct acme_warehouse_inventory_manager *ret_inventory_manager)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int acme_warehouse_inventory_manager_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                                    struct acme_warehouse_inventory_manager *ret_inventory_manager)
    ACTOR_AWAITS;

/* Workers that all serve InventoryManager, as daemons of a nursery of their own. */
struct acme_warehouse_inventory_manager_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int acme_warehouse_inventory_manager_cluster_open(const struct actor_cluster_options *options,
                                                  struct acme_warehouse_inventory_manager_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct acme_warehouse_inventory_manager
acme_warehouse_inventory_manager_cluster_worker(const struct acme_warehouse_inventory_manager_cluster *cluster,
                                                size_t index)
{
	struct acme_warehouse_inventory_manager worker = { cluster->cluster.portals[index] };
	return worker;
}

/*
 * May raise acme.warehouse.ItemsAreNoLongerAvailable.  *ret_reply is set on success only, and is the task's, as
 * every received message.
 */
int acme_warehouse_inventory_manager_reserve_items_for_customer_order(struct acme_warehouse_inventory_manager inventory_manager,
                                                                      const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
                                                                      Acme__Warehouse__ReserveItemsForCustomerOrderReply **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int acme_warehouse_inventory_manager_reserve_items_for_customer_order_start(struct actor_nursery *nursery,
                                                                            struct acme_warehouse_inventory_manager inventory_manager,
                                                                            const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
                                                                            Acme__Warehouse__ReserveItemsForCustomerOrderReply **ret_reply)
    ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "reserve_items_for_customer_order"; so may `options`.
 * Awaits its readiness, not the result.
 */
int acme_warehouse_inventory_manager_reserve_items_for_customer_order_run_in_actor(struct actor_nursery *nursery,
                                                                                   const char *name,
                                                                                   const struct actor_spawn_options *options,
                                                                                   const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
                                                                                   struct acme_warehouse_inventory_manager *ret_inventory_manager)
    ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of acme_warehouse_inventory_manager_spawn(): a daemon has no result.
 */
int acme_warehouse_inventory_manager_reserve_items_for_customer_order_wait_for_result(struct acme_warehouse_inventory_manager inventory_manager,
                                                                                      Acme__Warehouse__ReserveItemsForCustomerOrderReply **ret_reply)
    ACTOR_AWAITS;

ACTOR_END
#endif

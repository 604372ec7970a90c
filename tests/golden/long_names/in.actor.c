/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#include "in.actor.h"

static const struct actor_message acme__warehouse__reserve_items_for_customer_order_request__message = {
	.descriptor = &acme__warehouse__reserve_items_for_customer_order_request__descriptor,
};

static const struct actor_message acme__warehouse__reserve_items_for_customer_order_reply__message = {
	.descriptor = &acme__warehouse__reserve_items_for_customer_order_reply__descriptor,
};

static const struct actor_message acme__warehouse__items_are_no_longer_available__message = {
	.descriptor = &acme__warehouse__items_are_no_longer_available__descriptor,
};

enum {
	ACME_WAREHOUSE_INVENTORY_MANAGER_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_NUMBER,
};

static int
acme_warehouse_inventory_manager_reserve_items_for_customer_order_thunk(const void *ops, void *state,
                                                                        struct actor_context context,
                                                                        const void *request, void *reply)
{
	const struct acme_warehouse_inventory_manager_ops *inventory_manager = ops;

	(void)context;
	return inventory_manager->reserve_items_for_customer_order(state, request, reply);
}

static const struct actor_message *const acme_warehouse_inventory_manager_reserve_items_for_customer_order_raises[] = {
	&acme__warehouse__items_are_no_longer_available__message,
	NULL,
};

static const struct actor_endpoint acme_warehouse_inventory_manager_endpoints[] = {
	[ACME_WAREHOUSE_INVENTORY_MANAGER_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_NUMBER] = {
		.name = "ReserveItemsForCustomerOrder",
		.op = "reserve_items_for_customer_order",
		.kind = ACTOR_FUNCTION,
		.request = &acme__warehouse__reserve_items_for_customer_order_request__message,
		.reply = &acme__warehouse__reserve_items_for_customer_order_reply__message,
		.raises = acme_warehouse_inventory_manager_reserve_items_for_customer_order_raises,
		.ops_offset = offsetof(struct acme_warehouse_inventory_manager_ops, reserve_items_for_customer_order),
		.thunk = acme_warehouse_inventory_manager_reserve_items_for_customer_order_thunk,
	},
};

static int
acme_warehouse_inventory_manager_state_open(const void *ops, void **ret_state)
{
	const struct acme_warehouse_inventory_manager_ops *inventory_manager = ops;
	struct acme_warehouse_inventory_manager_state *state = NULL;
	int rc = inventory_manager->state_open != NULL ? inventory_manager->state_open(&state) : 0;

	if (rc == 0)
		*ret_state = state;
	return rc;
}

static void
acme_warehouse_inventory_manager_state_close(const void *ops, void *state)
{
	const struct acme_warehouse_inventory_manager_ops *inventory_manager = ops;

	if (inventory_manager->state_close != NULL)
		inventory_manager->state_close(state);
}

const struct actor_service acme_warehouse_inventory_manager_service = {
	.abi = ACTOR_GENERATED_ABI,
	.name = "acme.warehouse.InventoryManager",
	.fingerprint = UINT64_C(0x9a07a044de3712ea),
	.endpoints = acme_warehouse_inventory_manager_endpoints,
	.endpoint_count = ACTOR_COUNT(acme_warehouse_inventory_manager_endpoints),
	.state_open = acme_warehouse_inventory_manager_state_open,
	.state_close = acme_warehouse_inventory_manager_state_close,
};

int
acme_warehouse_inventory_manager_spawn(struct actor_nursery *nursery, const char *name,
                                       const struct actor_spawn_options *options,
                                       struct acme_warehouse_inventory_manager *ret_inventory_manager)
{
	return actor_nursery_spawn(nursery, name, &acme_warehouse_inventory_manager_service, options,
	                           &ret_inventory_manager->portal);
}

int
acme_warehouse_inventory_manager_find_actor(struct actor_nursery *nursery, const char *name,
                                            struct acme_warehouse_inventory_manager *ret_inventory_manager)
{
	return actor_find(nursery, name, &acme_warehouse_inventory_manager_service, &ret_inventory_manager->portal);
}

int
acme_warehouse_inventory_manager_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                                struct acme_warehouse_inventory_manager *ret_inventory_manager)
{
	return actor_wait_for(nursery, name, &acme_warehouse_inventory_manager_service, &ret_inventory_manager->portal);
}

int
acme_warehouse_inventory_manager_cluster_open(const struct actor_cluster_options *options,
                                              struct acme_warehouse_inventory_manager_cluster *ret_cluster)
{
	return acti_cluster_open(&acme_warehouse_inventory_manager_service, options, &ret_cluster->cluster);
}

int
acme_warehouse_inventory_manager_raise_items_are_no_longer_available(const Acme__Warehouse__ItemsAreNoLongerAvailable *value)
{
	return acti_raise((const ProtobufCMessage *)value);
}

const Acme__Warehouse__ItemsAreNoLongerAvailable *
acme_warehouse_inventory_manager_raised_items_are_no_longer_available(const struct actor_error *error)
{
	return acti_raised(error, &acme__warehouse__items_are_no_longer_available__message);
}

int
acme_warehouse_inventory_manager_reserve_items_for_customer_order(struct acme_warehouse_inventory_manager inventory_manager,
                                                                  const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
                                                                  Acme__Warehouse__ReserveItemsForCustomerOrderReply **ret_reply)
{
	return acti_call(inventory_manager.portal, &acme_warehouse_inventory_manager_service,
	                 ACME_WAREHOUSE_INVENTORY_MANAGER_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_NUMBER,
	                 (const ProtobufCMessage *)request, ret_reply);
}

int
acme_warehouse_inventory_manager_reserve_items_for_customer_order_start(struct actor_nursery *nursery,
                                                                        struct acme_warehouse_inventory_manager inventory_manager,
                                                                        const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
                                                                        Acme__Warehouse__ReserveItemsForCustomerOrderReply **ret_reply)
{
	return acti_call_start(nursery, inventory_manager.portal, &acme_warehouse_inventory_manager_service,
	                       ACME_WAREHOUSE_INVENTORY_MANAGER_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_NUMBER,
	                       (const ProtobufCMessage *)request, ret_reply);
}

int
acme_warehouse_inventory_manager_reserve_items_for_customer_order_run_in_actor(struct actor_nursery *nursery,
                                                                               const char *name,
                                                                               const struct actor_spawn_options *options,
                                                                               const Acme__Warehouse__ReserveItemsForCustomerOrderRequest *request,
                                                                               struct acme_warehouse_inventory_manager *ret_inventory_manager)
{
	return acti_run_in_actor(nursery, name != NULL ? name : "reserve_items_for_customer_order", options,
	                         &acme_warehouse_inventory_manager_service,
	                         ACME_WAREHOUSE_INVENTORY_MANAGER_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_NUMBER,
	                         (const ProtobufCMessage *)request, &ret_inventory_manager->portal);
}

int
acme_warehouse_inventory_manager_reserve_items_for_customer_order_wait_for_result(struct acme_warehouse_inventory_manager inventory_manager,
                                                                                  Acme__Warehouse__ReserveItemsForCustomerOrderReply **ret_reply)
{
	return acti_wait_for_result(inventory_manager.portal, &acme_warehouse_inventory_manager_service,
	                            ACME_WAREHOUSE_INVENTORY_MANAGER_RESERVE_ITEMS_FOR_CUSTOMER_ORDER_NUMBER,
	                            ret_reply);
}

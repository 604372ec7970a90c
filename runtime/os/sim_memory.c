/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and stacks of simulated processes: each block knows its owner, so that all of it goes with the process. */
#include <os/sim_internal.h>
#include <stdlib.h>
#include <sys/mman.h>

struct block {
	struct acti_list link;
	size_t size;
	struct acti_sim_process *owner;
} __attribute__((aligned(16)));

/* Kept for the next that wants one, in this run or a later one. */
struct stack {
	struct acti_list link;
	void *memory;
	size_t size;
};

static struct acti_sim_process *
of_memory(struct acti_memory *memory)
{
	return acti_container_of(memory, struct acti_sim_process, os.memory);
}

struct acti_sim_process *
acti_sim_of(struct acti_os *os)
{
	return acti_container_of(os, struct acti_sim_process, os);
}

static bool
allocation_fails(struct acti_sim_process *process, size_t size)
{
	struct acti_sim *sim = process->sim;
	uint64_t number;

	if (size < sim->allocation_size_min || (sim->allocation_size_max != 0 && size > sim->allocation_size_max))
		return false;
	number = ++sim->allocations;
	if (sim->allocation_at == 0 || !acti_sim_may(sim, ACTI_SIM_MEMORY))
		return false;
	if (number != sim->allocation_at && !(sim->allocations_from && number > sim->allocation_at))
		return false;
	acti_sim_note(sim, process, "allocation fails", number, 0);
	process->memory_failed = true;
	return acti_sim_on(sim, ACTI_SIM_MEMORY);
}

void *
acti_sim_allocate(struct acti_memory *memory, size_t size)
{
	struct acti_sim_process *process = of_memory(memory);
	struct block *block;

	if (allocation_fails(process, size))
		return NULL;
	block = malloc(sizeof *block + size);
	acti_sim_out_of_memory(block);
	block->size = size;
	block->owner = process;
	acti_list_push_back(&process->blocks, &block->link);
	memory->in_use = process->bytes += size;
	return block + 1;
}

void
acti_sim_release(struct acti_memory *memory, void *memory_block)
{
	struct acti_sim_process *process = of_memory(memory);
	struct block *block;

	if (memory_block == NULL)
		return;
	block = (struct block *)memory_block - 1;
	if (block->owner != process)
		acti_sim_fail(process->sim, "%s releases memory that is not its own", process->title);
	acti_list_remove(&block->link);
	memory->in_use = process->bytes -= block->size;
	free(block);
}

static struct stack *
take_stack(struct acti_sim *sim, size_t size)
{
	struct acti_list *link = acti_list_pop_front(&sim->idle_stacks);
	struct stack *stack;

	if (link != NULL) {
		stack = acti_container_of(link, struct stack, link);
		if (stack->size != size)
			abort(); /* there is one size of stacks */
		return stack;
	}
	stack = malloc(sizeof *stack);
	acti_sim_out_of_memory(stack);
	stack->size = size;
	stack->memory =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack->memory == MAP_FAILED)
		abort();
	return stack;
}

void *
acti_sim_stack_map(struct acti_os *os, size_t size)
{
	struct acti_sim_process *process = acti_sim_of(os);
	struct acti_sim *sim = process->sim;
	struct stack *stack;

	if (++sim->stacks == sim->stack_at && acti_sim_on(sim, ACTI_SIM_STACK)) {
		acti_sim_note(sim, process, "a stack cannot be mapped", sim->stacks, 0);
		process->memory_failed = true;
		return NULL;
	}
	stack = take_stack(sim, size);
	acti_list_push_back(&process->stacks, &stack->link);
	process->stack_count++;
	return stack->memory;
}

static void
give_back(struct acti_sim_process *process, struct stack *stack)
{
	acti_list_remove(&stack->link);
	process->stack_count--;
	acti_list_push_back(&process->sim->idle_stacks, &stack->link);
}

void
acti_sim_stack_unmap(struct acti_os *os, void *memory, size_t size)
{
	struct acti_sim_process *process = acti_sim_of(os);

	(void)size;
	acti_list_for_each(link, &process->stacks) {
		struct stack *stack = acti_container_of(link, struct stack, link);

		if (stack->memory == memory) {
			give_back(process, stack);
			return;
		}
	}
	acti_sim_fail(process->sim, "%s unmaps a stack that is not its own", process->title);
}

void
acti_sim_drop_memory(struct acti_sim_process *process)
{
	for (struct acti_list *link; (link = acti_list_pop_front(&process->blocks)) != NULL;)
		free(acti_container_of(link, struct block, link));
	while (!acti_list_is_empty(&process->stacks))
		give_back(process, acti_container_of(process->stacks.next, struct stack, link));
	process->bytes = 0;
}

void
acti_sim_stacks_free(struct acti_sim *sim)
{
	for (struct acti_list *link; (link = acti_list_pop_front(&sim->idle_stacks)) != NULL;) {
		struct stack *stack = acti_container_of(link, struct stack, link);

		munmap(stack->memory, stack->size);
		free(stack);
	}
}

// Starting a process in the sandbox, and ending them all: what a single command and a pid 1 that
// serves have in common.
#ifndef LAUNCH_H
#define LAUNCH_H

#include "state.h"

enum { KERNEL_SIGNAL_BYTES = 8, STACK_BYTES = 16384 };

// The child of vfork's kind: shares memory with pid 1 until it executes or exits.
struct launch {
    const char *const *arguments;
    const char *const *environment;
    const char *search_path;
    const char *directory;  // to change to first, or 0
    const int *streams;     // what becomes 0, 1 and 2, or 0 for pid 1's own
    uint64_t file_mask;
    int has_terminal;
    long error;
    int failed_at_directory;
};

// The steps of a plan that names a command alone; anything else in it is refused.
struct wish {
    const struct plan_step *directory, *environment, *terminal, *command;
};
long read_wish(const struct plan_header *plan, struct wish *wish);

// What the child does. Never returns; sets `error` where it exits without having executed anything.
void enter_command(void *launch);
// Returns the process id or a negative errno; `error` says whether it came to be executed.
long spawn(struct launch *launch, char *stack_top);

long allocate(size_t bytes, const char **place);
// A NULL-terminated array of the step's items from `first` on; release() gives its memory back.
long vector(const struct plan_step *step, uint32_t first, const char *const **result);
void release(const struct plan_step *step, uint32_t first, const char *const *items);

// Everything in the pid namespace but pid 1; nothing can start again once it is gone.
void end_everything(void);
void report_end(int status, int64_t ended_at);
_Noreturn void leave(void);

#endif

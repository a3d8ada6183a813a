// What the steps of one set-up share.
#ifndef STATE_H
#define STATE_H

#include "../CLinux/include/sandbox_plan.h"
#include "system_calls.h"

struct state {
    const struct plan_header *header;
    int shell;      // mount of the new root, over the old one until the pivot
    int root;       // what is built on: a clone of it in no mount table, or itself before Linux 6.15
    int root_is_ready;  // it has all mount points
    int has_attached;
    int mask_file;       // detached mounts that cover what is hidden: a checked /dev/null, and
    int mask_directory;  // an empty directory
    int scratch;    // mount descriptor of the scratch file system
    int proc_mounted;
    int landlock;
    int listener;   // of the seccomp filter that notifies
    int has_terminal;
    char parent_path[256];  // of `parent`, the directory in which the last target was made
    int parent;
    const char *subject;  // what the current step works on, for the error message
    const struct plan_step *environment;
};

const char *step_item(const struct plan_step *step, uint32_t index, uint32_t *length);
static inline const char *step_text(const struct plan_step *step, uint32_t index) {
    return step_item(step, index, 0);
}

// Each performs one step and returns 0 or a negative errno.
long perform_mount_step(struct state *state, const struct plan_step *step);
long perform_privilege_step(struct state *state, const struct plan_step *step);

// Unmounts what lies over the working directory; another thread does, until it is waited for. Each
// returns a negative errno when it failed.
long begin_unmount_here(void);
long finish_unmount(void);

// Returns a negative errno when the command cannot be executed, else never.
long run_command(struct state *state, const struct plan_step *step, int32_t index);
// The same for a command that comes later, alone with its environment. Never returns.
_Noreturn void run_expected(struct state *state, int32_t index);
// The same for a sandbox that lives on: returns a negative errno when it cannot begin.
long serve(struct state *state);

// Receives the fixed and the inherited descriptors, in their places, and returns the plan; 0 when it
// or they are not what they should be.
const struct plan_header *receive_launch(void);
// Waits for the launcher's word, or for the rest of a plan that was begun in advance.
void await_word(void);
const struct plan_header *receive_plan(void);
// Receives the `tasks` files of this sandbox's groups, and joins them.
long join_groups(void);
_Noreturn void exit_now(int status);
// Says what was not possible, and ends.
_Noreturn void fail(struct state *state, int32_t index, long error);

// A plan by its place, or by its descriptor; 0 when it is none.
const struct plan_header *check_plan(const void *place, uint64_t bytes);
const struct plan_header *map_plan(int descriptor);
// Whether a step and all its items lie within what is left of a plan.
int step_is_whole(const struct plan_step *step, uint64_t bytes_left);

// A new terminal of this sandbox, as the two sides of it.
long make_terminal(uint64_t rows, uint64_t columns, int *master, int *terminal);

int64_t monotonic_nanoseconds(void);

// Sends one message to the launcher, with a descriptor unless it is negative.
long send_message(const struct plan_message *message, int descriptor);
long send_descriptor(uint32_t kind, int descriptor);

#endif

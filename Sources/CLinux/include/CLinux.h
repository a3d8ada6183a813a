// Shims for what Swift's Glibc module cannot express: variadic calls, macros, system calls that
// glibc 2.36 does not wrap, and the code that runs between clone and exec. Names begin with lx_;
// results are 0 and up, or a negative errno.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lx_descriptor_passing.h"
#include "lx_privileges.h"
#include "sandbox_plan.h"

// How the clone becomes fully capable in its user namespace before it executes pid 1.
enum lx_identity {
    LX_IDENTITY_KEEP = 0,
    LX_IDENTITY_ROOT = 1,     // becomes user and group 0 of the namespace
    LX_IDENTITY_AMBIENT = 2,  // keeps its id; capabilities survive exec as ambient ones
};

struct lx_launch {
    uint64_t flags;           // CLONE_NEW*
    int cgroup;               // cgroup v2 directory to be born in, or -1
    int program;              // what is executed, by descriptor
    const int *descriptors;   // become 0, 1, 2, ... in the program
    size_t descriptor_count;
    int control_peer;         // the launcher's end, closed in the clone
    const int *groups;        // `tasks` files of cgroup v1 groups to join
    size_t group_count;
    enum lx_identity identity;
    int capability_last;
    void *stack;
    size_t stack_bytes;
    int pidfd;                // result
};

// Starts the program of `launch` in new namespaces. The clone shares memory with the caller and
// waits for one byte on descriptors[PLAN_FD_CONTROL] before it goes on; `launch`, its arrays and
// the stack must live until the clone has executed or ended. Returns the process id.
long lx_launch_start(struct lx_launch *launch);

// A process that only waits for the end of `pipe`: holds a new user namespace open until its maps
// are written and it has been opened. Returns the process id.
long lx_namespace_holder(uint64_t flags, int pipe, int pipe_peer, void *stack, size_t stack_bytes);

long lx_gettid(void);
long lx_pipe(int pair[2]);
long lx_memfd(const char *name);
long lx_seal(int descriptor);
long lx_memfd_is_sealed(int descriptor);
long lx_socketpair(int pair[2]);
long lx_send(int socket, const void *bytes, size_t count);
// Receives one packet without waiting; *descriptor is -1 or one that came with it.
long lx_receive_message(int socket, struct plan_message *message, int *descriptor);
// Locks one byte of a file for its open description, without waiting.
long lx_lock_byte(int file, uint64_t offset);
long lx_pidfd_open(int pid);
long lx_pidfd_kill(int pidfd, int signal);

long lx_open_tree(int directory, const char *path, unsigned flags);
long lx_mount_setattr(int mount, uint64_t set, int user_namespace, int recursive);
long lx_fsopen(const char *type);
long lx_fsconfig_string(int file_system, const char *key, const char *value);
long lx_fsconfig_flag(int file_system, const char *key);
long lx_fsconfig_create(int file_system);
long lx_fsmount(int file_system, uint64_t attributes);
long lx_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve);

long lx_landlock_abi(void);
long lx_seccomp_action_available(uint32_t action);
long lx_unshare(int flags);
long lx_setns(int descriptor, int flags);

struct lx_notification {
    uint64_t id;
    uint32_t pid;
    int32_t system_call;
    uint64_t arguments[6];
};
long lx_notification_receive(int listener, struct lx_notification *notification);
long lx_notification_is_valid(int listener, uint64_t id);
// `error` is a positive errno: there is no way to say "continue".
long lx_notification_refuse(int listener, uint64_t id, int error);

long lx_terminal_size(int terminal, unsigned short *rows, unsigned short *columns);
long lx_set_terminal_size(int terminal, unsigned short rows, unsigned short columns);
// Blocks SIGINT, SIGTERM, SIGHUP and SIGWINCH, and gives a descriptor that reads them.
long lx_signal_descriptor(void);
// The next signal of it, or -EAGAIN.
long lx_next_signal(int descriptor);

#define LX_O_PATH 010000000  // fcntl.h has it for _GNU_SOURCE only

extern const uint64_t LX_SCRATCH_ATTRIBUTES;  // nosuid, nodev
extern const unsigned LX_TREE_CLONE;          // of a whole tree, close on exec
extern const unsigned LX_TREE_CLONE_HERE;     // the same, of the descriptor itself

#endif

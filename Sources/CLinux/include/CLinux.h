// Shims for what Swift's Glibc module cannot express: variadic calls, macros, system calls that
// glibc 2.36 does not wrap, and the code that runs between clone and exec. Names begin with lx_;
// results are 0 and up, or a negative errno.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/types.h>

#include "lx_arguments.h"
#include "lx_audit.h"
#include "lx_descriptor_passing.h"
#include "lx_live.h"
#include "lx_overlay.h"
#include "lx_privileges.h"
#include "sandbox_plan.h"

// How the clone becomes fully capable in its user namespace before it executes pid 1.
enum lx_identity {
    LX_IDENTITY_KEEP = 0,
    LX_IDENTITY_ROOT = 1,     // becomes user and group 0 of the namespace
    LX_IDENTITY_AMBIENT = 2,  // keeps its id; capabilities survive exec as ambient ones
};

struct lx_launch {
    // Before lx_launch_start:
    uint64_t flags;           // CLONE_NEW*, entered with the clone
    uint64_t later_flags;     // CLONE_NEW*, entered by the clone while the caller goes on
    int cgroup;               // cgroup v2 directory to be born in, or -1
    int control;              // the clone's end of the channel
    int control_peer;         // the launcher's end, closed in the clone
    void *stack;
    size_t stack_bytes;
    int pidfd;                // result
    int nice;                 // result: the process's, which the calling thread may not have
    // Before the clone is sent its program:
    enum lx_identity identity;
    int capability_last;
};

// Starts a clone in new namespaces, which then waits for the program that it is to execute, as the
// one descriptor of a message. It shares memory with the caller: `launch` and the stack must live
// until the clone has executed or ended. Returns the process id.
long lx_launch_start(struct lx_launch *launch);
// Sends descriptors in as many messages as it takes.
long lx_send_descriptors(int socket, const int *descriptors, size_t count);

// A process that only waits for the end of `pipe`: holds a new user namespace open until its maps
// are written and it has been opened. Returns the process id.
long lx_namespace_holder(uint64_t flags, int pipe, int pipe_peer, void *stack, size_t stack_bytes);

long lx_gettid(void);
// 1 or 0; -EINVAL for a number that the kernel has no capability of.
long lx_capability_in_bounding_set(int capability);
long lx_pipe(int pair[2]);
long lx_memfd(const char *name);
long lx_seal(int descriptor);
long lx_memfd_is_sealed(int descriptor);
long lx_socketpair(int pair[2]);
long lx_send(int socket, const void *bytes, size_t count);
long lx_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor);
// Receives one packet without waiting; *descriptor is -1 or one that came with it.
long lx_receive_message(int socket, struct plan_message *message, int *descriptor);
// Locks one byte of a file for its open description, without waiting.
long lx_lock_byte(int file, uint64_t offset);
// Whether another open description has this byte of the file locked: 1 or 0.
long lx_byte_locked(int file, uint64_t offset);
// Whether any other open description has a byte of the file locked: 1 or 0.
long lx_any_byte_locked(int file);
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
// The same with the mode of a file that is made.
long lx_openat2_mode(
    int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

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
// `error` is a positive errno.
long lx_notification_refuse(int listener, uint64_t id, int error);
// Lets the call go on: only for calls that the filter would have allowed unseen.
long lx_notification_allow(int listener, uint64_t id);
// The listener runs on its caller's processor: half the time per call. Linux 6.6.
long lx_notification_wake_on_same_processor(int listener);

// fanotify(7) with descriptors, for the super-user of the initial user namespace.
long lx_fanotify_init(void);
// Marks the whole file system that a directory is on, for opening and executing.
long lx_fanotify_mark_opens(int group, int directory);
// Reads up to 64 events; the descriptors are the caller's to close.
long lx_fanotify_read(int group, int *descriptors, int count, int *overflowed);

// f_type of statfs(2).
long lx_file_system_type(const char *path);

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

// Starts the program in `directory` (NULL: the caller's) and without descriptors from `first` up.
// Returns 0 or an error number.
int lx_spawn_actions_finish(posix_spawn_file_actions_t *actions, const char *directory, int first);

#endif

// The binary contract between the launcher (Swift, LinuxKernel/Setup) and pid 1 (sandbox-init).
// Both are built from this header; the version changes with every change of meaning.
#ifndef SANDBOX_PLAN_H
#define SANDBOX_PLAN_H

#include <stdint.h>

#define PLAN_MAGIC 0x4e4c5044u  // "DPLN"
#define PLAN_VERSION 4u
#define PLAN_BYTES_MAX (64u << 20)
#define PLAN_BYTES_IN_MESSAGE_MAX 8192u  // a larger rest of a plan comes as a descriptor
#define PLAN_NONE UINT64_MAX

// Descriptors of pid 1, which it receives in this order before anything else: 0 to 2 are the
// command's. It has the control channel already.
enum {
    PLAN_FD_PLAN = 3,
    PLAN_FD_CONTROL = 4,
    PLAN_FD_LEASE = 5,  // its lock keeps the user ids until pid 1 has reaped everything
    PLAN_FD_INHERITED = 6,  // the first of plan_header.inherited_count; once set up, the root alone
};

enum { PLAN_DESCRIPTORS_PER_MESSAGE = 200 };  // the kernel takes 253 (unix(7))

// Followed by step_count steps.
struct plan_header {
    uint32_t magic;
    uint32_t version;
    uint64_t total_bytes;
    uint32_t step_count;
    uint32_t inherited_count;
    uint32_t fail_at;  // test hook: the Nth system call of set-up fails with EIO; 0 is never
    uint32_t flags;    // PLAN_LOOPBACK_IS_UP
};

enum { PLAN_LOOPBACK_IS_UP = 1 };  // the clone has raised it before it executed pid 1

// Followed by item_count items: a length of 4 bytes, as many bytes, a NUL, padding to 8 bytes.
struct plan_step {
    uint16_t kind;
    uint16_t flags;
    uint32_t item_count;
    uint64_t total_bytes;  // of the step with its items, a multiple of 8
    uint64_t value[4];
};

enum plan_flag {
    PLAN_FLAG_OPTIONAL = 1,  // a missing path is no error
};

// What values and items mean is said beside each; "attributes" are MOUNT_ATTR_*.
enum plan_kind {
    PLAN_PRIVATE_MOUNTS = 1,   //
    PLAN_UNSHARE = 2,          // value: CLONE_NEW* flags
    PLAN_HOSTNAME = 3,         // item: name
    PLAN_LOOPBACK_UP = 4,      //
    PLAN_ROOT = 5,             // values: bytes, inodes of a tmpfs; or inherited mount in value[2]
    PLAN_PAUSE = 31,           // says that it is ready, and waits for PLAN_ENVIRONMENT and PLAN_COMMAND
    PLAN_READY_ROOT = 30,      // value: inherited mount; item, where there is none: path
    PLAN_DIRECTORY = 6,        // values: mode; item: path
    PLAN_SYMLINK = 7,          // items: target, path
    PLAN_FILE = 8,             // values: mode; items: path, content
    PLAN_BIND = 9,             // values: attributes, inherited mount; items: source, target
    PLAN_FILE_SYSTEM = 10,     // values: attributes; items: type, target, then options
    PLAN_SCRATCH = 11,         // values: bytes, inodes, inherited mount
    PLAN_SCRATCH_BIND = 12,    // values: mode, uid, gid; items: directory in scratch, target
    PLAN_OVERLAY = 13,         // values: uid, gid; items: upper in scratch, target, then lowers
    PLAN_MASK = 14,            // item: path
    PLAN_READ_ONLY = 15,       // item: path
    PLAN_PIVOT = 16,           //
    PLAN_WORKING_DIRECTORY = 17,  // item: path
    PLAN_LIMIT = 18,           // values: RLIMIT_*, soft, hard
    PLAN_LANDLOCK = 19,        // values: handled file system, network, scoped
    PLAN_LANDLOCK_RULE = 20,   // values: access; item: path
    PLAN_LANDLOCK_ENFORCE = 21,  // value: LANDLOCK_RESTRICT_SELF_*
    PLAN_TERMINAL = 22,        // values: rows, columns
    PLAN_BOUNDING_SET = 23,    // values: highest capability
    PLAN_USER = 24,            // values: uid, gid
    PLAN_CAPABILITIES = 25,    //
    PLAN_NO_NEW_PRIVILEGES = 26,  //
    PLAN_SECCOMP = 27,         // values: SECCOMP_FILTER_FLAG_*; item: struct sock_filter[]
    PLAN_ENVIRONMENT = 28,     // items: NAME=VALUE
    PLAN_COMMAND = 29,         // values: umask; items: search path, then the arguments
    PLAN_SERVE = 32,           // pid 1 stays, and executes what orders ask for
    PLAN_AWAIT = 33,           // waits for a request without a signal: what is made outside is there
    PLAN_JOIN_GROUPS = 34,     // receives the `tasks` files of cgroup v1 groups, and joins them
};

enum plan_message_kind {
    PLAN_MESSAGE_FAILED = 1,    // step, error, subject: nothing was run
    PLAN_MESSAGE_SCRATCH = 2,   // with the scratch file system's mount descriptor
    PLAN_MESSAGE_READY = 3,     // the plan has come to PLAN_PAUSE
    PLAN_MESSAGE_TERMINAL = 4,  // with the terminal's master side
    PLAN_MESSAGE_RUNNING = 5,   // the command is about to be executed; with the seccomp listener
    PLAN_MESSAGE_EXITED = 6,    // value: wait status, user us, system us, largest resident KiB
    PLAN_MESSAGE_SERVING = 7,   // with the root directory's descriptor: orders are taken now
    PLAN_MESSAGE_STARTED = 8,   // value: token, process id inside; with a terminal's master side
    PLAN_MESSAGE_REFUSED = 9,   // value: token; error, subject: an order that was not performed
    PLAN_MESSAGE_ENDED = 10,    // value: process id inside, wait status
    PLAN_MESSAGE_SOCKET = 11,   // value: token; with a socket of the sandbox's network
};

// From pid 1, one per packet.
struct plan_message {
    uint32_t magic;
    uint32_t kind;
    int32_t step;  // index of the step; -1 before the first
    int32_t error;
    int64_t value[4];
    int64_t time_nanoseconds;  // CLOCK_MONOTONIC, which all namespaces but time ones share
    char subject[160];
};

// To pid 1, one per packet; when it waits for the rest of the plan, followed by that, or with it as a
// descriptor. The end of the stream is the end of Drydock: pid 1 kills everything.
struct plan_request {
    uint32_t magic;
    int32_t signal;  // forwarded to the command's process group; SIGKILL ends the sandbox
};

enum plan_order_kind {
    // With descriptors: a plan of PLAN_WORKING_DIRECTORY, PLAN_ENVIRONMENT and PLAN_COMMAND, and
    // standard input, output and error; or, with PLAN_TERMINAL in the plan, the plan alone.
    PLAN_ORDER_EXECUTE = 1,
    PLAN_ORDER_SIGNAL = 2,    // value: process id inside, signal, 1 for its whole process group
    PLAN_ORDER_SOCKET = 3,    // value: address family of a TCP socket
    PLAN_ORDER_KILL_ALL = 4,  // everything but pid 1
    PLAN_ORDER_END = 5,       // everything, and pid 1
};

// To a pid 1 that serves, one per packet.
struct plan_order {
    uint32_t magic;
    uint32_t kind;
    int64_t token;  // comes back with the answer
    int64_t value[4];
};

enum { PLAN_ORDER_DESCRIPTORS_MAX = 4 };

#endif

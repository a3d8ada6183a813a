// The steps that take away, in the order of the plan: limits, Landlock, capabilities, user ids,
// no new privileges, seccomp. What comes later could not be done any more after it.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "paths.h"

static long limit(const struct plan_step *step) {
    struct {
        uint64_t soft, hard;
    } value = {step->value[1], step->value[2]};
    return call(SYS_prlimit64, 0, step->value[0], &value, 0);
}

static long create_ruleset(struct state *state, const struct plan_step *step) {
    // Later members than those of this machine's header; the kernel takes zeros beyond its own.
    struct {
        uint64_t file_system, network, scoped;
    } attributes = {step->value[0], step->value[1], step->value[2]};
    size_t bytes = step->value[2] ? 24 : step->value[1] ? 16 : 8;
    long ruleset = call(SYS_landlock_create_ruleset, &attributes, bytes, 0);
    if (ruleset < 0) return ruleset;
    state->landlock = (int)ruleset;
    return 0;
}

static long add_rule(struct state *state, const struct plan_step *step) {
    long path = call(SYS_openat, AT_FDCWD, step_text(step, 0), O_PATH | O_CLOEXEC);
    if (path < 0) return path;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = step->value[0], .parent_fd = (int)path};
    return close_quietly(path, call(SYS_landlock_add_rule, state->landlock,
                                    LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

long make_terminal(uint64_t rows, uint64_t columns, int *master, int *terminal) {
    long made = call(SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (made < 0) return made;
    int locked = 0;
    struct {
        unsigned short rows, columns, x, y;
    } size = {(unsigned short)rows, (unsigned short)columns, 0, 0};
    long result = call(SYS_ioctl, made, 0x40045431 /* TIOCSPTLCK */, &locked);
    if (result >= 0) result = call(SYS_ioctl, made, 0x5414 /* TIOCSWINSZ */, &size);
    if (result >= 0) {
        result = call(SYS_ioctl, made, 0x5441 /* TIOCGPTPEER */, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (result < 0) return close_quietly(made, result);
    *master = (int)made;
    *terminal = (int)result;
    return 0;
}

static long open_terminal(struct state *state, const struct plan_step *step) {
    int master = -1, terminal = -1;
    long result = make_terminal(step->value[0], step->value[1], &master, &terminal);
    if (result < 0) return result;
    for (int target = 0; result >= 0 && target < 3; target++) {
        result = call(SYS_dup3, terminal, target, 0);
    }
    raw(SYS_close, terminal);
    if (result >= 0) result = send_descriptor(PLAN_MESSAGE_TERMINAL, master);
    state->has_terminal = 1;
    return close_quietly(master, result < 0 ? result : 0);
}

static long drop_bounding_set(const struct plan_step *step) {
    for (uint64_t capability = 0; capability <= step->value[0]; capability++) {
        long result = call(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
        if (result < 0) return result;
    }
    long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED
        | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE
        | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    return call(SYS_prctl, PR_SET_SECUREBITS, bits, 0, 0, 0);
}

static long switch_user(const struct plan_step *step) {
    long user = (long)step->value[0], group = (long)step->value[1];
    // Rootless, the kernel forbids setgroups(2) in the namespace, and there is just one id.
    long result = call(SYS_setgroups, 0, 0);
    if (result == -EPERM) result = 0;
    if (result >= 0) result = call(SYS_setresgid, group, group, group);
    if (result >= 0) result = call(SYS_setresuid, user, user, user);
    // A change of ids makes a process dumpable or not by fs.suid_dumpable: say it again.
    if (result >= 0) result = call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    return result;
}

static long drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    long result = call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return result < 0 ? result : call(SYS_capset, &header, none);
}

// The listener goes to the launcher with the message that the command is about to run: until then
// nothing calls what would wait for it.
static long install_filter(struct state *state, const struct plan_step *step) {
    uint32_t bytes = 0;
    const char *program = step_item(step, 0, &bytes);
    struct sock_fprog filter = {
        .len = (unsigned short)(bytes / sizeof(struct sock_filter)),
        .filter = (struct sock_filter *)program};
    if (bytes == 0 || bytes % sizeof(struct sock_filter) != 0 || bytes / 8 > 4096) return -EINVAL;
    long result = call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, step->value[0], &filter);
    if (result < 0 || !(step->value[0] & SECCOMP_FILTER_FLAG_NEW_LISTENER)) return result;
    state->listener = (int)result;
    return 0;
}

long perform_privilege_step(struct state *state, const struct plan_step *step) {
    switch (step->kind) {
    case PLAN_LIMIT: return limit(step);
    case PLAN_LANDLOCK: return create_ruleset(state, step);
    case PLAN_LANDLOCK_RULE: return add_rule(state, step);
    case PLAN_LANDLOCK_ENFORCE:
        return close_quietly(
            state->landlock, call(SYS_landlock_restrict_self, state->landlock, step->value[0]));
    case PLAN_TERMINAL: return open_terminal(state, step);
    case PLAN_BOUNDING_SET: return drop_bounding_set(step);
    case PLAN_USER: return switch_user(step);
    case PLAN_CAPABILITIES: return drop_capabilities();
    case PLAN_NO_NEW_PRIVILEGES: return call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    case PLAN_SECCOMP: return install_filter(state, step);
    default: return -ENOSYS;
    }
}

// The steps that build the new root. Mounts are made detached, get their attributes, and are then
// moved onto a descriptor of their target: no path is resolved twice (mount_setattr(2)).
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "paths.h"

// makedev(1, 3), a function call in the C library that is not there.
enum { NULL_DEVICE = 0x103 };
enum {
    SAFE_ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
    MASK_ATTRIBUTES = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
};

static long set_attributes(int directory, const char *path, uint64_t attributes, unsigned flags) {
    struct mount_attr change = {.attr_set = attributes};
    return call(SYS_mount_setattr, directory, path, flags, &change, sizeof change);
}

// Consumes the target's descriptor.
static long attach_keeping(long mount, long target) {
    if (target < 0) return target;
    return close_quietly(target, call(SYS_move_mount, mount, "", target, "",
                                      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

// Consumes both descriptors.
static long attach(long mount, long target) {
    if (mount < 0) return close_quietly(target, mount);
    return close_quietly(mount, attach_keeping(mount, target));
}

static void build_on_shell(struct state *state) {
    raw(SYS_close, state->root);
    state->root = state->shell;
    // It is a directory of the clone.
    close_quietly(state->parent, 0);
    state->parent = -1;
}

// Attaches to a path of the new root, and keeps the mount's descriptor. Before Linux 6.15 nothing can
// be attached to a tree that is in no mount table: the first attempt shows it, and the root's own mount
// is built on then.
static long attach_inside_keeping(
    struct state *state, long mount, const char *target, int is_directory) {
    state->subject = target;
    long result = attach_keeping(mount, open_or_make_inside(state, target, is_directory));
    if (result == -EINVAL && !state->has_attached && state->root != state->shell) {
        build_on_shell(state);
        result = attach_keeping(mount, open_or_make_inside(state, target, is_directory));
    }
    if (result >= 0) state->has_attached = 1;
    return result;
}

// The same, and consumes the mount's descriptor.
static long attach_inside(
    struct state *state, long mount, const char *target, int is_directory) {
    if (mount < 0) return mount;
    return close_quietly(mount, attach_inside_keeping(state, mount, target, is_directory));
}

static long clone_tree(int directory, const char *path, unsigned flags) {
    return call(SYS_open_tree, directory, path,
                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | flags);
}

// An item "key=value" or "key" of a step as a mount option.
static long configure(int file_system, const char *option) {
    char key[64];
    size_t length = 0;
    while (option[length] != 0 && option[length] != '=') length++;
    if (length >= sizeof key) return -EINVAL;
    memcpy(key, option, length);
    key[length] = 0;
    if (option[length] == 0) return call(SYS_fsconfig, file_system, FSCONFIG_SET_FLAG, key, 0, 0);
    return call(SYS_fsconfig, file_system, FSCONFIG_SET_STRING, key, option + length + 1, 0);
}

static long finish(long file_system, uint64_t attributes) {
    long made = call(SYS_fsconfig, file_system, FSCONFIG_CMD_CREATE, 0, 0, 0);
    if (made >= 0) made = call(SYS_fsmount, file_system, FSMOUNT_CLOEXEC, attributes);
    return close_quietly(file_system, made);
}

// A detached mount of a new file system; the options are the step's items from `first` on.
static long make_file_system(
    const char *type, const struct plan_step *step, uint32_t first, uint64_t attributes) {
    long file_system = call(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (file_system < 0) return file_system;
    for (uint32_t index = first; index < step->item_count; index++) {
        long result = configure((int)file_system, step_text(step, index));
        if (result < 0) return close_quietly(file_system, result);
    }
    return finish(file_system, attributes);
}

static long make_tmpfs(uint64_t bytes, uint64_t inodes, const char *mode, uint64_t attributes) {
    char size[32] = "size=", count[32] = "nr_inodes=";
    text_append_number(size, 5, sizeof size, bytes);
    text_append_number(count, 10, sizeof count, inodes);
    const char *options[] = {size, count, mode};
    long file_system = call(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    for (size_t index = 0; file_system >= 0 && index < 3; index++) {
        long result = configure((int)file_system, options[index]);
        if (result < 0) return close_quietly(file_system, result);
    }
    return file_system < 0 ? file_system : finish(file_system, attributes);
}

static int inherited(const struct state *state, uint64_t index) {
    return index < state->header->inherited_count ? PLAN_FD_INHERITED + (int)index : -1;
}

// Puts the new root's mount over the old one, where its path is "/" for nobody until the pivot, and
// builds on a clone of it that is in no mount table. What is inside has that clone as its root, and so
// sees no line of /proc/self/mountinfo: neither the disks nor the host's paths of binds (threat 30).
static long adopt_root(struct state *state, long mount) {
    long moved = call(SYS_move_mount, mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
    if (moved < 0) return close_quietly(mount, moved);
    long tree = clone_tree((int)mount, "", AT_EMPTY_PATH);
    if (tree < 0) return close_quietly(mount, tree);
    state->shell = (int)mount;
    state->root = (int)tree;
    return 0;
}

// A root that has every mount point already, and that nothing is written to.
static long take_ready_root(struct state *state, const struct plan_step *step) {
    long mount = inherited(state, step->value[0]);
    if (mount < 0) {
        if (step->item_count != 1) return -EINVAL;
        mount = clone_tree(AT_FDCWD, step_text(step, 0), AT_SYMLINK_NOFOLLOW);
        if (mount < 0) return mount;
        long result = set_attributes(
            (int)mount, "", SAFE_ATTRIBUTES | MOUNT_ATTR_RDONLY, AT_EMPTY_PATH);
        if (result < 0) return close_quietly(mount, result);
    }
    state->root_is_ready = 1;
    return adopt_root(state, mount);
}

static long make_root(struct state *state, const struct plan_step *step) {
    long mount = inherited(state, step->value[2]);
    if (mount < 0) {
        mount = make_tmpfs(step->value[0], step->value[1], "mode=755", SAFE_ATTRIBUTES);
    }
    return mount < 0 ? mount : adopt_root(state, mount);
}

static long make_file(struct state *state, const struct plan_step *step) {
    const char *name = 0;
    uint32_t bytes = 0;
    const char *content = step_item(step, 1, &bytes);
    long parent = parent_inside(state, step_text(step, 0), &name);
    if (parent < 0) return parent;
    long file = call(SYS_openat, parent, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                     step->value[0]);
    if (file < 0) return file;
    while (bytes > 0) {
        long written = call(SYS_write, file, content, bytes);
        if (written <= 0) return close_quietly(file, written == 0 ? -EIO : written);
        content += written;
        bytes -= (uint32_t)written;
    }
    return close_quietly(file, 0);
}

static long make_link(struct state *state, const struct plan_step *step) {
    const char *name = 0;
    long parent = parent_inside(state, step_text(step, 1), &name);
    return parent < 0 ? parent : call(SYS_symlinkat, step_text(step, 0), parent, name);
}

static long bind_tree(struct state *state, const struct plan_step *step) {
    struct stat source;
    // An inherited mount belongs to the launcher's namespace, which has set its attributes.
    long tree = inherited(state, step->value[1]);
    int is_own = tree < 0;
    if (is_own) tree = clone_tree(AT_FDCWD, step_text(step, 0), 0);
    if (tree < 0) return tree;
    long result = call(SYS_fstat, tree, &source);
    if (result >= 0 && is_own) {
        result = set_attributes(
            (int)tree, "", step->value[0], AT_EMPTY_PATH | AT_RECURSIVE);
    }
    if (result < 0) return close_quietly(tree, result);
    return attach_inside(state, tree, step_text(step, 1), S_ISDIR(source.st_mode));
}

static long mount_file_system(struct state *state, const struct plan_step *step) {
    const char *target = step_text(step, 1);
    long mount = make_file_system(step_text(step, 0), step, 2, step->value[0]);
    if (mount < 0) return mount;
    state->subject = target;
    long attached = attach(mount, open_or_make_inside(state, target, 1));
    if (attached >= 0 && text_equals(target, "/proc")) state->proc_mounted = 1;
    return attached;
}

static long make_scratch(struct state *state, const struct plan_step *step) {
    long mount = inherited(state, step->value[2]);
    if (mount < 0) {
        mount = make_tmpfs(step->value[0], step->value[1], "mode=711", SAFE_ATTRIBUTES);
        if (mount < 0) return mount;
        long sent = send_descriptor(PLAN_MESSAGE_SCRATCH, (int)mount);
        if (sent < 0) return sent;
    }
    state->scratch = (int)mount;
    // Attached in the namespace, where nothing inside leads: before Linux 6.15 only what is attached can
    // be cloned (/proc will cover it there), overlayfs wants layers of this namespace, and what is
    // detached at the end costs a grace period of RCU to dissolve.
    return attach_keeping(mount, open_in_shell(state, "proc"));
}

static long clone_scratch(struct state *state, const char *directory) {
    return clone_tree(state->scratch, directory, AT_SYMLINK_NOFOLLOW);
}

static long make_scratch_directory(
    struct state *state, const char *name, uint64_t mode, uint64_t user, uint64_t group) {
    // The umask is 0 here.
    long made = call(SYS_mkdirat, state->scratch, name, mode);
    if (made == -EEXIST) return 0;
    if (made < 0) return made;
    return call(SYS_fchownat, state->scratch, name, user, group, AT_SYMLINK_NOFOLLOW);
}

static long bind_scratch(struct state *state, const struct plan_step *step) {
    const char *directory = step_text(step, 0);
    long made = make_scratch_directory(
        state, directory, step->value[0], step->value[1], step->value[2]);
    if (made < 0) return made;
    return attach_inside(state, clone_scratch(state, directory), step_text(step, 1), 1);
}

static long set_text(int file_system, const char *key, const char *text) {
    return call(SYS_fsconfig, file_system, FSCONFIG_SET_STRING, key, text, 0);
}

// Before Linux 6.5 layers are looked up when the overlay is made: their descriptors stay open until pid
// 1 closes all of them.
static long add_layer(int file_system, const char *key, long directory, int stays_open) {
    char path[64] = "/proc/self/fd/";
    if (directory < 0) return directory;
    text_append_number(path, 14, sizeof path, (unsigned long)directory);
    long result = set_text(file_system, key, path);
    return stays_open ? result : close_quietly(directory, result);
}

enum { LAYER_FLAGS = O_PATH | O_CLOEXEC | O_DIRECTORY, LAYERS_BYTES_MAX = 256 };

static long add_lowers(struct state *state, const struct plan_step *step, int file_system) {
    long result = 0;
    for (uint32_t index = 2; result >= 0 && index < step->item_count; index++) {
        state->subject = step_text(step, index);
        result = add_layer(file_system, "lowerdir+",
                           call(SYS_openat, AT_FDCWD, state->subject, LAYER_FLAGS), 0);
    }
    return result;
}

// Before Linux 6.7 there is no "lowerdir+": all are said at once.
static long add_lowers_joined(struct state *state, const struct plan_step *step, int file_system) {
    char all[LAYERS_BYTES_MAX] = "";
    size_t length = 0;
    for (uint32_t index = 2; index < step->item_count; index++) {
        state->subject = step_text(step, index);
        long directory = call(SYS_openat, AT_FDCWD, state->subject, LAYER_FLAGS);
        if (directory < 0) return directory;
        if (length + 32 >= sizeof all) return -E2BIG;
        length = text_append(all, length, sizeof all, index == 2 ? "/proc/self/fd/" : ":/proc/self/fd/");
        length = text_append_number(all, length, sizeof all, (unsigned long)directory);
    }
    return set_text(file_system, "lowerdir", all);
}

static long make_overlay(
    struct state *state, const struct plan_step *step, const char *work, int is_old) {
    const char *upper = step_text(step, 0);
    long file_system = call(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (file_system < 0) return file_system;
    long result = is_old ? add_lowers_joined(state, step, (int)file_system)
                         : add_lowers(state, step, (int)file_system);
    state->subject = upper;
    // Both by the scratch file system itself: overlayfs wants them on one mount, and clones would be
    // two.
    uint64_t flags = LAYER_FLAGS | O_NOFOLLOW;
    if (result >= 0) {
        result = add_layer((int)file_system, "upperdir",
                           call(SYS_openat, state->scratch, upper, flags), is_old);
    }
    if (result >= 0) {
        result = add_layer((int)file_system, "workdir",
                           call(SYS_openat, state->scratch, work, flags), is_old);
    }
    if (result >= 0) result = configure((int)file_system, "userxattr");
    if (result >= 0) result = configure((int)file_system, "metacopy=off");
    return result < 0 ? close_quietly(file_system, result) : finish(file_system, SAFE_ATTRIBUTES);
}

// An overlay by the sandbox's own user namespace: attributes are user.overlay.*, and a directory
// of a lower layer is renamed by copying, as redirects would need more privilege (threat 11). What the
// launcher mounts as root is DetachedMount's.
static long mount_overlay(struct state *state, const struct plan_step *step) {
    const char *upper = step_text(step, 0);
    char work[128];
    size_t length = text_append(work, 0, sizeof work, upper);
    text_append(work, length, sizeof work, ".work");
    long result = make_scratch_directory(state, upper, 0755, step->value[0], step->value[1]);
    if (result >= 0) {
        result = make_scratch_directory(state, work, 0755, step->value[0], step->value[1]);
    }
    if (result < 0) return result;
    long overlay = make_overlay(state, step, work, 0);
    if (overlay == -EINVAL) overlay = make_overlay(state, step, work, 1);
    return attach_inside(state, overlay, step_text(step, 1), 1);
}

// The source of a mask is the host's null device, opened outside and checked (CVE-2025-31133).
static long make_mask_file(void) {
    struct stat device;
    long null = call(SYS_openat, AT_FDCWD, "/dev/null", O_PATH | O_CLOEXEC | O_NOFOLLOW);
    if (null < 0) return null;
    long result = call(SYS_fstat, null, &device);
    if (result < 0) return close_quietly(null, result);
    if (!S_ISCHR(device.st_mode) || device.st_rdev != NULL_DEVICE) {
        return close_quietly(null, -ENODEV);
    }
    long cover = clone_tree((int)null, "", AT_EMPTY_PATH);
    raw(SYS_close, null);
    if (cover < 0) return cover;
    result = set_attributes((int)cover, "", MASK_ATTRIBUTES, AT_EMPTY_PATH);
    return result < 0 ? close_quietly(cover, result) : cover;
}

static long make_mask_directory(void) {
    return make_tmpfs(4096, 1, "mode=555", MASK_ATTRIBUTES | MOUNT_ATTR_NODEV);
}

// One mask of each kind is made, for the first path, and cloned from there for every other.
static long mask(struct state *state, const struct plan_step *step) {
    struct stat hidden;
    long target = open_inside(state, step_text(step, 0));
    if (target < 0) return target;
    long result = call(SYS_fstat, target, &hidden);
    if (result < 0) return close_quietly(target, result);
    int is_directory = S_ISDIR(hidden.st_mode);
    int *kept = is_directory ? &state->mask_directory : &state->mask_file;
    if (*kept >= 0) return attach(clone_tree(*kept, "", AT_EMPTY_PATH), target);
    long made = is_directory ? make_mask_directory() : make_mask_file();
    if (made < 0) return close_quietly(target, made);
    *kept = (int)made;
    return attach_keeping(made, target);
}

static long make_read_only(struct state *state, const struct plan_step *step) {
    long target = open_inside(state, step_text(step, 0));
    if (target < 0) return target;
    long tree = clone_tree((int)target, "", AT_EMPTY_PATH);
    if (tree < 0) return close_quietly(target, tree);
    uint64_t attributes = MOUNT_ATTR_RDONLY | SAFE_ATTRIBUTES | MOUNT_ATTR_NOEXEC;
    long result = set_attributes((int)tree, "", attributes, AT_EMPTY_PATH | AT_RECURSIVE);
    if (result < 0) return close_quietly(target, close_quietly(tree, result));
    return attach(tree, target);
}

// The root becomes read-only, the old one goes, and with it every path of the host.
static long pivot(struct state *state) {
    uint64_t attributes = MOUNT_ATTR_RDONLY | SAFE_ATTRIBUTES;
    // What covers the scratch file system's own place.
    if (state->scratch >= 0 && !state->proc_mounted) return -EINVAL;
    long result = call(SYS_fchdir, state->shell);
    if (result >= 0) result = set_attributes(state->shell, "", attributes, AT_EMPTY_PATH);
    if (result >= 0) result = call(SYS_pivot_root, ".", ".");
    if (result >= 0) result = begin_unmount_here();
    // The namespace holds an empty skeleton now; the tree that was built is entered by its descriptor,
    // which pid 1 keeps: with the last one it would be taken apart.
    if (result >= 0 && state->root != state->shell) {
        result = set_attributes(state->root, "", attributes, AT_EMPTY_PATH);
        if (result >= 0) result = call(SYS_fchdir, state->root);
        if (result >= 0) result = call(SYS_chroot, ".");
    }
    if (result >= 0) result = call(SYS_chdir, "/");
    return result;
}

static long raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    long handle = call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0) return handle;
    return close_quietly(handle, call(SYS_ioctl, handle, SIOCSIFFLAGS, &request));
}

long perform_mount_step(struct state *state, const struct plan_step *step) {
    switch (step->kind) {
    case PLAN_PRIVATE_MOUNTS: {
        struct mount_attr change = {.propagation = 1 << 18};  // MS_PRIVATE
        return call(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &change, sizeof change);
    }
    case PLAN_UNSHARE: return call(SYS_unshare, step->value[0]);
    case PLAN_HOSTNAME:
        return call(SYS_sethostname, step_text(step, 0), text_length(step_text(step, 0)));
    case PLAN_LOOPBACK_UP:
        return state->header->flags & PLAN_LOOPBACK_IS_UP ? 0 : raise_loopback();
    case PLAN_ROOT: return make_root(state, step);
    case PLAN_READY_ROOT: return take_ready_root(state, step);
    case PLAN_DIRECTORY: return make_inside(state, step_text(step, 0));
    case PLAN_SYMLINK: return make_link(state, step);
    case PLAN_FILE: return make_file(state, step);
    case PLAN_BIND: return bind_tree(state, step);
    case PLAN_FILE_SYSTEM: return mount_file_system(state, step);
    case PLAN_SCRATCH: return make_scratch(state, step);
    case PLAN_SCRATCH_BIND: return bind_scratch(state, step);
    case PLAN_OVERLAY: return mount_overlay(state, step);
    case PLAN_MASK: return mask(state, step);
    case PLAN_READ_ONLY: return make_read_only(state, step);
    case PLAN_PIVOT: return pivot(state);
    case PLAN_WORKING_DIRECTORY: return call(SYS_chdir, step_text(step, 0));
    default: return -ENOSYS;
    }
}

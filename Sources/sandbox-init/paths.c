#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

enum { PATH_BYTES_MAX = 4096 };

static long open_beneath(int directory, const char *path, uint64_t flags) {
    struct open_how how = {
        .flags = flags,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return call(SYS_openat2, directory, path, &how, sizeof how);
}

long close_quietly(long descriptor, long result) {
    if (descriptor >= 0) raw(SYS_close, descriptor);
    return result;
}

long close_all_but_root(const struct state *state) {
    long result = 0;
    if (state->root != PLAN_FD_INHERITED) {
        result = call(SYS_dup3, state->root, PLAN_FD_INHERITED, O_CLOEXEC);
    }
    return result < 0 ? result : call(SYS_close_range, PLAN_FD_INHERITED + 1, ~0u, 0);
}

long close_all_but_root_and(const struct state *state, int *kept) {
    if (*kept < 0) return close_all_but_root(state);
    long copy = call(SYS_fcntl, *kept, F_DUPFD_CLOEXEC, PLAN_FD_INHERITED + 1);
    long result = copy;
    if (result >= 0 && state->root != PLAN_FD_INHERITED) {
        result = call(SYS_dup3, state->root, PLAN_FD_INHERITED, O_CLOEXEC);
    }
    if (result >= 0 && copy > PLAN_FD_INHERITED + 1) {
        result = call(SYS_close_range, PLAN_FD_INHERITED + 1, copy - 1, 0);
    }
    if (result >= 0) result = call(SYS_close_range, copy + 1, ~0u, 0);
    if (result >= 0) *kept = (int)copy;
    return result;
}

long open_inside(const struct state *state, const char *path) {
    while (*path == '/') path++;
    return open_beneath(state->root, *path == 0 ? "." : path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

long open_in_shell(const struct state *state, const char *name) {
    return open_beneath(state->shell, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

// Opens or makes one directory in another.
static long enter_directory(int directory, const char *name) {
    uint64_t flags = O_PATH | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY;
    long next = open_beneath(directory, name, flags);
    if (next != -ENOENT) return next;
    long made = call(SYS_mkdirat, directory, name, 0755);
    if (made < 0 && made != -EEXIST) return made;
    return open_beneath(directory, name, flags);
}

static long open_parent_inside(const struct state *state, const char *path, const char **name) {
    char component[PATH_BYTES_MAX];
    long directory = open_beneath(state->root, ".", O_PATH | O_CLOEXEC | O_DIRECTORY);
    while (directory >= 0) {
        while (*path == '/') path++;
        size_t length = 0;
        while (path[length] != 0 && path[length] != '/') length++;
        if (length == 0 || length >= sizeof component) {
            return close_quietly(directory, length == 0 ? -EISDIR : -ENAMETOOLONG);
        }
        if (path[length] == 0) {
            *name = path;
            return directory;
        }
        memcpy(component, path, length);
        component[length] = 0;
        long next = enter_directory((int)directory, component);
        raw(SYS_close, directory);
        directory = next;
        path += length;
    }
    return directory;
}

// Most targets lie in the same few directories of the skeleton: the last one stays open.
long parent_inside(struct state *state, const char *path, const char **name) {
    size_t length = text_length(path), end = length;
    while (end > 0 && path[end - 1] != '/') end--;
    *name = path + end;
    if (end == length || end >= sizeof state->parent_path) return -EINVAL;
    if (state->parent >= 0 && state->parent_path[end] == 0) {
        size_t index = 0;
        while (index < end && state->parent_path[index] == path[index]) index++;
        if (index == end) return state->parent;
    }
    long parent = open_parent_inside(state, path, name);
    if (parent < 0) return parent;
    close_quietly(state->parent, 0);
    state->parent = (int)parent;
    memcpy(state->parent_path, path, end);
    state->parent_path[end] = 0;
    return parent;
}

long make_inside(struct state *state, const char *path) {
    const char *name = 0;
    long parent = parent_inside(state, path, &name);
    if (parent < 0) return parent;
    long made = call(SYS_mkdirat, parent, name, 0755);
    return made == -EEXIST ? 0 : made;
}

long open_or_make_inside(struct state *state, const char *path, int is_directory) {
    const char *name = 0;
    if (state->root_is_ready) {
        // Not there: it lies in what was mounted on the tree since, which can be written to.
        long found = open_inside(state, path);
        if (found != -ENOENT) return found;
    }
    long parent = parent_inside(state, path, &name);
    if (parent < 0) return parent;
    long made = is_directory ? call(SYS_mkdirat, parent, name, 0755)
                             : call(SYS_mknodat, parent, name, S_IFREG | 0444, 0);
    // On a read-only file system only what is there can be mounted on.
    if (made < 0 && made != -EEXIST && made != -EROFS) return made;
    return open_beneath((int)parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

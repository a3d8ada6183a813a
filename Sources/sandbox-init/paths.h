// Paths inside the new root, which an image or a worktree may have written: resolved beneath the
// root's descriptor and never through a symbolic link (CVE-2021-30465, CVE-2026-41579).
#ifndef PATHS_H
#define PATHS_H

#include "state.h"

// An O_PATH descriptor of an existing path, or a negative errno; -ELOOP for a symbolic link.
long open_inside(const struct state *state, const char *path);
// The same of an entry of the root that lies in the namespace.
long open_in_shell(const struct state *state, const char *name);
// As open_inside; what does not exist is made, parents too: a directory, or else an empty file.
long open_or_make_inside(struct state *state, const char *path, int is_directory);
// Makes a directory, unless it is there.
long make_inside(struct state *state, const char *path);
// The parent of a path, made where needed; `name` is set to the last component. Stays open for the
// next target in it, and is not the caller's to close.
long parent_inside(struct state *state, const char *path, const char **name);
// Closes everything above the fixed descriptors; keeps the root, or its tree would be taken apart.
long close_all_but_root(const struct state *state);
// The same, and keeps one more, which may get another number; none where it is negative.
long close_all_but_root_and(const struct state *state, int *kept);
long close_quietly(long descriptor, long result);

#endif

// Two actions of posix_spawn(3) that glibc declares for GNU sources only.
#include "CLinux.h"

#include <spawn.h>

int lx_spawn_actions_finish(posix_spawn_file_actions_t *actions, const char *directory, int first) {
    int result = directory ? posix_spawn_file_actions_addchdir_np(actions, directory) : 0;
    return result ? result : posix_spawn_file_actions_addclosefrom_np(actions, first);
}

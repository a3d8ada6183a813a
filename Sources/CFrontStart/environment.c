// Before main, Swift's runtime looks in nine places for the program that prints its backtraces, and
// ends the process where /proc is not mounted. The front has no use for it; whoever has says so in
// the same variable.
#include "CFrontStart.h"

#include <stdlib.h>

static const char name[] = "SWIFT_BACKTRACE";
static int is_ours;

__attribute__((constructor(101))) static void decline_backtraces(void) {
    is_ours = getenv(name) == NULL && setenv(name, "enable=no,swift-backtrace=/", 0) == 0;
}

void front_restore_environment(void) {
    if (is_ours) unsetenv(name);
    is_ours = 0;
}

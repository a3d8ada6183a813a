// The C library passes main's arguments to constructors too. Swift on Linux reads them from
// /proc/self/cmdline instead, and aborts where there is none.
#include "lx_arguments.h"

static int argument_count;
static char **argument_vector;

__attribute__((constructor)) static void keep_arguments(int count, char **arguments) {
    argument_count = count;
    argument_vector = arguments;
}

int lx_argument_count(void) { return argument_count; }

const char *lx_argument(int index) {
    return index >= 0 && index < argument_count ? argument_vector[index] : 0;
}

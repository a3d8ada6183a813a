// Shims for what Swift's Glibc module cannot express: variadic calls, macros, and the code that
// runs between clone and exec. Names begin with lx_; results are 0 or a positive errno.
#ifndef CLINUX_H
#define CLINUX_H

#include "lx_descriptor_passing.h"

#endif

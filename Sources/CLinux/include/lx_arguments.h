// What this process was started with, as the kernel left it, without /proc.
#ifndef LX_ARGUMENTS_H
#define LX_ARGUMENTS_H

int lx_argument_count(void);
// NULL beyond the last.
const char *lx_argument(int index);

#endif

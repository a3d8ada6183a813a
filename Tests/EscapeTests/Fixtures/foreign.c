// Enters the kernel by another ABI than the native one: `foreign i386` or `foreign x32` asks for the
// process id. Prints it when the kernel answered.
#define _GNU_SOURCE
#include "confined.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    refuse_unless_confined();
    long result = -1;
    if (argc != 2) return 2;
#ifdef __x86_64__
    if (!strcmp(argv[1], "i386"))
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
    else
        result = syscall(0x40000000 | 39);
#endif
    printf("answered %ld\n", result);
    return 0;
}

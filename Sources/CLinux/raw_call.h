// System calls by instruction, for code that may not touch errno or any library.
#ifndef RAW_CALL_H
#define RAW_CALL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long lx_raw(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

// In the child the registers are as they were, but for the stack: it calls body(argument).
#define LX_CLONE_BODY                                                     \
    "syscall\n test %%rax, %%rax\n jnz 1f\n xor %%ebp, %%ebp\n"           \
    " mov %%r13, %%rdi\n call *%%r12\n hlt\n1:"

static inline long lx_raw_clone3(
    void *arguments, size_t bytes, void (*body)(void *), void *argument) {
    register void (*r12)(void *) __asm__("r12") = body;
    register void *r13 __asm__("r13") = argument;
    long result;
    __asm__ volatile(LX_CLONE_BODY
                     : "=a"(result)
                     : "a"(SYS_clone3), "D"(arguments), "S"(bytes), "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long lx_raw_clone(
    uint64_t flags, uint64_t stack_top, int *pidfd, void (*body)(void *), void *argument) {
    register void (*r12)(void *) __asm__("r12") = body;
    register void *r13 __asm__("r13") = argument;
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    long result;
    __asm__ volatile(LX_CLONE_BODY
                     : "=a"(result)
                     : "a"(SYS_clone), "D"(flags), "S"(stack_top), "d"(pidfd), "r"(r10), "r"(r8),
                       "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long lx_raw(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

#define LX_CLONE_BODY \
    "svc 0\n cbnz x0, 1f\n mov x29, #0\n mov x0, x20\n blr x19\n brk #1\n1:"

static inline long lx_raw_clone3(
    void *arguments, size_t bytes, void (*body)(void *), void *argument) {
    register long x8 __asm__("x8") = SYS_clone3;
    register long x0 __asm__("x0") = (long)arguments;
    register long x1 __asm__("x1") = (long)bytes;
    register void (*x19)(void *) __asm__("x19") = body;
    register void *x20 __asm__("x20") = argument;
    __asm__ volatile(LX_CLONE_BODY
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x19), "r"(x20)
                     : "memory");
    return x0;
}

static inline long lx_raw_clone(
    uint64_t flags, uint64_t stack_top, int *pidfd, void (*body)(void *), void *argument) {
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = (long)flags;
    register long x1 __asm__("x1") = (long)stack_top;
    register long x2 __asm__("x2") = (long)pidfd;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register void (*x19)(void *) __asm__("x19") = body;
    register void *x20 __asm__("x20") = argument;
    __asm__ volatile(LX_CLONE_BODY
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x19), "r"(x20)
                     : "memory");
    return x0;
}
#else
#error "Drydock supports x86-64 and arm64"
#endif

#endif

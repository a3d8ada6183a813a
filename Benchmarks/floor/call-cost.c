// Nanoseconds of one cheap system call: `call-cost COUNT` prints the mean over COUNT calls, in
// processor time, which a busy machine hardly touches. What a seccomp filter costs on a call that it lets
// through is the difference of this inside and outside.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    long count = argc == 2 ? atol(argv[1]) : 0;
    struct timespec start, end;
    if (count < 1) return 2;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (long i = 0; i < count; i++) syscall(SYS_getppid);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.2f\n", ((double)(end.tv_sec - start.tv_sec) * 1e9 +
                      (double)(end.tv_nsec - start.tv_nsec)) / (double)count);
    return 0;
}

/* The most this machine's cores reach together: independent multiply-adds in registers, and copying of large arrays.
   Prints one JSON object: operations per second by register width in bits, bytes (read + written) per second.
   cc -O3 -march=native -ffp-contract=fast -pthread ceilings.c -o ceilings && ./ceilings THREADS */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { chains = 10, steps = 6000000, rounds = 7, most_threads = 256 };
static const size_t elements = (size_t)1 << 26;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct { int index, threads; float seed; const float *from; float *to; double result; } Task;

/* Each chain depends on itself only; ten of them hide the latency and stay in registers. */
#define FMA(bits)                                                                                     \
  typedef float vector##bits __attribute__((vector_size(bits / 8)));                                  \
  static void *fma##bits(void *argument) {                                                            \
    Task *task = argument;                                                                            \
    vector##bits sums[chains], x = {0}, y = {0};                                                      \
    x = x + 0.999f + task->seed, y = y + task->seed;                                                  \
    for (int i = 0; i < chains; i++) sums[i] = y + (float)i;                                          \
    for (long step = 0; step < steps; step++)                                                         \
      _Pragma("GCC unroll 10") for (int i = 0; i < chains; i++) sums[i] = sums[i] * x + y;            \
    float total = 0;                                                                                  \
    for (int i = 0; i < chains; i++) total += sums[i][0];                                             \
    task->result = total;                                                                             \
    return 0;                                                                                         \
  }
FMA(128)
#ifdef __AVX__
FMA(256)
#endif
#ifdef __AVX512F__
FMA(512)
#endif

static size_t bound(const Task *task, int part) { return elements / (size_t)task->threads * (size_t)part; }

static void *touch(void *argument) {
  Task *task = argument;
  for (size_t i = bound(task, task->index); i < bound(task, task->index + 1); i++) task->to[i] = (float)i;
  return 0;
}

static void *copy_loop(void *argument) {
  Task *task = argument;
  const float *from = task->from;
  float *to = task->to, offset = task->seed;
  for (size_t i = bound(task, task->index); i < bound(task, task->index + 1); i++) to[i] = from[i] + offset;
  return 0;
}

static void *copy_library(void *argument) {
  Task *task = argument;
  size_t first = bound(task, task->index);
  memcpy(task->to + first, task->from + first, (bound(task, task->index + 1) - first) * sizeof(float));
  return 0;
}

static double once(void *(*work)(void *), int threads, const float *from, float *to) {
  pthread_t thread[most_threads];
  Task task[most_threads];
  double begin = seconds();
  for (int i = 0; i < threads; i++) {
    task[i] = (Task){i, threads, 1e-3f, from, to, 0};
    pthread_create(&thread[i], 0, work, &task[i]);
  }
  for (int i = 0; i < threads; i++) pthread_join(thread[i], 0);
  return seconds() - begin;
}

static double best(void *(*work)(void *), int threads, const float *from, float *to) {
  double least = 1e30;
  for (int round = 0; round < rounds; round++) {
    double took = once(work, threads, from, to);
    if (took < least) least = took;
  }
  return least;
}

static double rate(void *(*work)(void *), int threads, int bits) {
  return 2.0 * (bits / 32) * chains * (double)steps * threads / best(work, threads, 0, 0);
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > most_threads) return 2;
  printf("{\"threads\":%d,\"fma\":{\"128\":%.4g", threads, rate(fma128, threads, 128));
#ifdef __AVX__
  printf(",\"256\":%.4g", rate(fma256, threads, 256));
#endif
#ifdef __AVX512F__
  printf(",\"512\":%.4g", rate(fma512, threads, 512));
#endif
  float *from = malloc(elements * sizeof(float)), *to = malloc(elements * sizeof(float));
  if (!from || !to) return 1;
  once(touch, threads, 0, from), once(touch, threads, 0, to);
  double loop = best(copy_loop, threads, from, to), library = best(copy_library, threads, from, to);
  double bytes = 2.0 * sizeof(float) * (double)elements;
  printf("},\"copy\":%.4g}\n", bytes / (loop < library ? loop : library));
  return 0;
}

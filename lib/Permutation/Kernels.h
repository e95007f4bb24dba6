//===- Kernels.h - inner loops, one table per instruction set ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every table gives the same bits: sums run in 16 fixed lanes whatever the
// width of the machine's vectors, and nothing is fused.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_KERNELS_H
#define HINM_LIB_PERMUTATION_KERNELS_H

#include <cstdint>

namespace hinm::permutation {

/// What one pass over x finds about a threshold.
struct ThresholdPass {
  /// Sum of max(x - t, 0).
  double excess;
  /// Elements above t.
  int64_t above;
  /// The smallest element above t, the largest that is not; infinities where
  /// there is none.
  float minAbove;
  float maxBelow;
};

/// What a scan of one row of an assignment problem finds: the nearest column
/// that is not done, the lowest where several are.
struct NearestColumn {
  int32_t distance;
  int32_t column;
};

/// The two smallest reduced costs of a row (the second at least the first); the
/// lowest column has the first.
struct TwoSmallest {
  int32_t first;
  int32_t second;
  int32_t firstColumn;
  int32_t secondColumn;
};

struct KernelTable {
  const char *name;

  /// out[g * outStride + j] = sum over r of max(lower[r * lowerStride + g],
  /// value[r * valueStride + j]), for g < groups, j < columns. Strides of value
  /// and out are multiples of 16 and columns may be rounded up to one.
  void (*sumOfMaxima)(const float *lower, int64_t lowerStride, int64_t groups,
                      const float *value, int64_t valueStride, int64_t columns,
                      int64_t rows, float *out, int64_t outStride);

  /// Sums over i < n of max(a + (y - x) - ta, 0) and max(b - (y - x) - tb, 0).
  void (*swapExcess)(const float *a, const float *b, const float *x,
                     const float *y, float ta, float tb, int64_t n,
                     double &excessA, double &excessB);

  ThresholdPass (*thresholdPass)(const float *x, int64_t n, float t);

  /// out[p * outStride + c] = dot(x + p * n, y + c * n), n elements each.
  void (*dots)(const float *const *x, int64_t xs, const float *const *y,
               int64_t ys, int64_t n, float *out, int64_t outStride);

  /// The same in double.
  void (*dots64)(const double *const *x, int64_t xs, const double *const *y,
                 int64_t ys, int64_t n, double *out, int64_t outStride);

  /// to += from, to += y - x.
  void (*add)(float *to, const float *from, int64_t n);
  void (*addDifference)(float *to, const float *y, const float *x, int64_t n);

  /// row[j] -= sum over k < count of coefficient[k] * u[k * stride + j], one k
  /// after the other, for j < n.
  void (*rankUpdate)(float *row, const float *u, int64_t stride,
                     const float *coefficient, int64_t count, int64_t n);
  /// w -= factor * by; squares += w * w.
  void (*makeUp)(float *w, const float *by, float factor, float *squares,
                 int64_t n);

  /// For j < n that is not done: relaxes distance[j] with
  /// base + cost[j] - dual[j] and sets from[j] = row where it falls.
  NearestColumn (*relax)(const int32_t *cost, const int32_t *dual, int32_t base,
                         int32_t row, const int32_t *done, int32_t *distance,
                         int32_t *from, int64_t n);

  /// The smallest and the largest of n >= 1 elements.
  void (*range)(const float *x, int64_t n, float &least, float &greatest);

  /// out = (high - x) * lift * scale, rounded; no element above high.
  void (*fixedPoint)(const float *x, int64_t n, float high, float lift,
                     float scale, int32_t *out);

  /// For 16 rows at once, rows[channel * 16 + lane]: adds to sum[lane] what n
  /// of each m of the channels index[0..count-1] keep. An index of -1 holds
  /// nothing.
  void (*keptOfRows)(const float *rows, const int32_t *index, int64_t count,
                     int64_t n, int64_t m, float *sum);

  TwoSmallest (*twoSmallest)(const int32_t *cost, const int32_t *dual,
                             int64_t n);
};

/// The best table that this machine can run.
const KernelTable &kernels();

/// A table by its name ("portable", "avx2", "avx512"), or null where this
/// machine or build has none. For tests.
const KernelTable *kernelsNamed(const char *name);

/// Makes kernels() return `table` (null: the best one again). For tests; not
/// while a search runs.
void overrideKernels(const KernelTable *table);

extern const KernelTable portableKernels;
extern const KernelTable avx2Kernels;
extern const KernelTable avx512Kernels;

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_KERNELS_H

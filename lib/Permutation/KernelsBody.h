//===- KernelsBody.h - the inner loops, compiled once per target -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written with the compilers' vector extension: 16 lanes in one, two or four
// registers (HINM_NATIVE_LANES is what one holds). Includes nothing with inline
// functions that another target might pick up.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

namespace {

using hinm::permutation::NearestColumn;
using hinm::permutation::ThresholdPass;
using hinm::permutation::TwoSmallest;

/// Lanes of one of the machine's registers.
constexpr int64_t native = HINM_NATIVE_LANES;
constexpr int64_t width = 16;
constexpr int64_t parts = width / native;
constexpr float infinity = __builtin_inff();
typedef float NativeFloats __attribute__((vector_size(native * 4)));
typedef int32_t NativeInts __attribute__((vector_size(native * 4)));

#define HINM_INLINE static inline __attribute__((always_inline))
#define HINM_EACH_PART for (int64_t part = 0; part < parts; ++part)

/// 16 lanes as 1, 2 or 4 registers.
struct Ints {
  NativeInts part[parts];
  int32_t operator[](int64_t lane) const {
    return part[lane / native][lane % native];
  }
};
struct Floats {
  NativeFloats part[parts];
  float operator[](int64_t lane) const {
    return part[lane / native][lane % native];
  }
};

// Part by part, so that a vector never has to exist in memory.
template <typename Vector, typename Element>
HINM_INLINE Vector load(const Element *at) {
  Vector result;
  HINM_EACH_PART {
    decltype(result.part[0] + result.part[0]) value;
    __builtin_memcpy(&value, at + part * native, sizeof value);
    result.part[part] = value;
  }
  return result;
}
template <typename Vector, typename Element>
HINM_INLINE void store(Element *at, const Vector &vector) {
  HINM_EACH_PART {
    auto value = vector.part[part];
    __builtin_memcpy(at + part * native, &value, sizeof value);
  }
}
HINM_INLINE Floats splat(float value) {
  Floats result;
  HINM_EACH_PART result.part[part] = value - NativeFloats{};
  return result;
}
HINM_INLINE Ints splat(int32_t value) {
  Ints result;
  HINM_EACH_PART result.part[part] = value - NativeInts{};
  return result;
}

#define HINM_OPERATOR(Vector, op)                                              \
  HINM_INLINE Vector operator op(const Vector &a, const Vector &b) {           \
    Vector result;                                                             \
    HINM_EACH_PART result.part[part] = a.part[part] op b.part[part];           \
    return result;                                                             \
  }
HINM_OPERATOR(Floats, +)
HINM_OPERATOR(Floats, -)
HINM_OPERATOR(Floats, *)
HINM_OPERATOR(Ints, +)
HINM_OPERATOR(Ints, -)
HINM_OPERATOR(Ints, &)
#undef HINM_OPERATOR

/// Masks: all bits of a lane, or none.
HINM_INLINE Ints less(const Floats &a, const Floats &b) {
  Ints result;
  HINM_EACH_PART result.part[part] = a.part[part] < b.part[part];
  return result;
}
HINM_INLINE Ints less(const Ints &a, const Ints &b) {
  Ints result;
  HINM_EACH_PART result.part[part] = a.part[part] < b.part[part];
  return result;
}
HINM_INLINE Ints isZero(const Ints &a) {
  Ints result;
  HINM_EACH_PART result.part[part] = a.part[part] == 0;
  return result;
}
template <typename Vector>
HINM_INLINE Vector select(const Ints &mask, const Vector &a, const Vector &b) {
  Vector result;
  HINM_EACH_PART result.part[part] =
      mask.part[part] ? a.part[part] : b.part[part];
  return result;
}
HINM_INLINE Floats larger(const Floats &a, const Floats &b) {
  Floats result;
  HINM_EACH_PART result.part[part] =
      a.part[part] > b.part[part] ? a.part[part] : b.part[part];
  return result;
}
HINM_INLINE Floats smaller(const Floats &a, const Floats &b) {
  Floats result;
  HINM_EACH_PART result.part[part] =
      a.part[part] < b.part[part] ? a.part[part] : b.part[part];
  return result;
}

/// The sum of the lanes in one fixed order.
HINM_INLINE double lanes(Floats value) {
  double sum = 0;
  for (int64_t i = 0; i < width; ++i)
    sum += static_cast<double>(value[i]);
  return sum;
}

template <int64_t together>
HINM_INLINE void sumOfMaximaBlock(const float *lower, int64_t lowerStride,
                                  const float *value, int64_t valueStride,
                                  int64_t rows, float *out, int64_t outStride) {
  Floats sum[together];
  for (int64_t i = 0; i < together; ++i)
    sum[i] = splat(0.0f);
  for (int64_t r = 0; r < rows; ++r) {
    Floats v = load<Floats>(value + r * valueStride);
    const float *low = lower + r * lowerStride;
    for (int64_t i = 0; i < together; ++i)
      sum[i] = sum[i] + larger(v, splat(low[i]));
  }
  for (int64_t i = 0; i < together; ++i)
    store(out + i * outStride, sum[i]);
}

void sumOfMaxima(const float *lower, int64_t lowerStride, int64_t groups,
                 const float *value, int64_t valueStride, int64_t columns,
                 int64_t rows, float *out, int64_t outStride) {
  for (int64_t j = 0; j < columns; j += width) {
    int64_t g = 0;
    for (; g + 4 <= groups; g += 4)
      sumOfMaximaBlock<4>(lower + g, lowerStride, value + j, valueStride, rows,
                          out + g * outStride + j, outStride);
    for (; g < groups; ++g)
      sumOfMaximaBlock<1>(lower + g, lowerStride, value + j, valueStride, rows,
                          out + g * outStride + j, outStride);
  }
}

/// A partial sum of at most this many vectors stays in float.
constexpr int64_t block = 32 * width;

void swapExcess(const float *a, const float *b, const float *x, const float *y,
                float ta, float tb, int64_t n, double &excessA,
                double &excessB) {
  double totalA = 0, totalB = 0;
  Floats thresholdA = splat(ta), thresholdB = splat(tb), zero = splat(0.0f);
  int64_t i = 0;
  for (int64_t first = 0; first + width <= n; first = i) {
    int64_t last = first + block < n ? first + block : n;
    Floats sumA = zero, sumB = zero;
    for (; i + width <= last; i += width) {
      Floats difference = load<Floats>(y + i) - load<Floats>(x + i);
      sumA = sumA + larger(load<Floats>(a + i) + difference - thresholdA, zero);
      sumB = sumB + larger(load<Floats>(b + i) - difference - thresholdB, zero);
    }
    totalA += lanes(sumA);
    totalB += lanes(sumB);
  }
  for (; i < n; ++i) {
    float difference = y[i] - x[i];
    float overA = a[i] + difference - ta, overB = b[i] - difference - tb;
    totalA += overA > 0 ? static_cast<double>(overA) : 0;
    totalB += overB > 0 ? static_cast<double>(overB) : 0;
  }
  excessA = totalA;
  excessB = totalB;
}

ThresholdPass thresholdPass(const float *x, int64_t n, float t) {
  ThresholdPass result{0, 0, infinity, -infinity};
  Ints count = splat(0);
  Floats threshold = splat(t), zero = splat(0.0f);
  Floats high = splat(infinity), low = splat(-infinity);
  Floats minAbove = high, maxBelow = low;
  int64_t i = 0;
  for (int64_t first = 0; first + width <= n; first = i) {
    int64_t last = first + block < n ? first + block : n;
    Floats sum = zero;
    for (; i + width <= last; i += width) {
      Floats value = load<Floats>(x + i);
      Ints above = less(threshold, value);
      sum = sum + larger(value - threshold, zero);
      count = count - above;
      minAbove = smaller(select(above, value, high), minAbove);
      maxBelow = larger(select(above, low, value), maxBelow);
    }
    result.excess += lanes(sum);
  }
  for (int64_t l = 0; l < width; ++l) {
    result.above += count[l];
    if (minAbove[l] < result.minAbove)
      result.minAbove = minAbove[l];
    if (maxBelow[l] > result.maxBelow)
      result.maxBelow = maxBelow[l];
  }
  for (; i < n; ++i) {
    if (x[i] > t) {
      result.excess += static_cast<double>(x[i] - t);
      ++result.above;
      if (x[i] < result.minAbove)
        result.minAbove = x[i];
    } else if (x[i] > result.maxBelow) {
      result.maxBelow = x[i];
    }
  }
  return result;
}

/// Dot products of `xCount` x `yCount` pairs at once.
template <int64_t xCount, int64_t yCount>
HINM_INLINE void dotBlock(const float *const *x, const float *const *y,
                          int64_t n, float *out, int64_t outStride) {
  Floats sum[xCount][yCount];
  for (int64_t p = 0; p < xCount; ++p)
    for (int64_t c = 0; c < yCount; ++c)
      sum[p][c] = splat(0.0f);
  int64_t i = 0;
  for (; i + width <= n; i += width) {
    Floats right[yCount];
    for (int64_t c = 0; c < yCount; ++c)
      right[c] = load<Floats>(y[c] + i);
    for (int64_t p = 0; p < xCount; ++p) {
      Floats left = load<Floats>(x[p] + i);
      for (int64_t c = 0; c < yCount; ++c)
        sum[p][c] = sum[p][c] + left * right[c];
    }
  }
  for (int64_t p = 0; p < xCount; ++p)
    for (int64_t c = 0; c < yCount; ++c) {
      double total = lanes(sum[p][c]);
      for (int64_t k = i; k < n; ++k)
        total += static_cast<double>(x[p][k] * y[c][k]);
      out[p * outStride + c] = static_cast<float>(total);
    }
}

void dots(const float *const *x, int64_t xs, const float *const *y, int64_t ys,
          int64_t n, float *out, int64_t outStride) {
  for (int64_t c = 0; c < ys; c += 2)
    for (int64_t p = 0; p < xs; p += 2) {
      float *to = out + p * outStride + c;
      bool twoX = p + 2 <= xs, twoY = c + 2 <= ys;
      if (twoX && twoY)
        dotBlock<2, 2>(x + p, y + c, n, to, outStride);
      else if (twoX)
        dotBlock<2, 1>(x + p, y + c, n, to, outStride);
      else if (twoY)
        dotBlock<1, 2>(x + p, y + c, n, to, outStride);
      else
        dotBlock<1, 1>(x + p, y + c, n, to, outStride);
    }
}

/// 8 lanes of doubles.
constexpr int64_t doubleWidth = 8;
constexpr int64_t nativeDoubles = native / 2;
typedef double NativeDoubles __attribute__((vector_size(native * 4)));

template <int64_t xCount, int64_t yCount>
HINM_INLINE void dotBlock64(const double *const *x, const double *const *y,
                            int64_t n, double *out, int64_t outStride) {
  NativeDoubles sum[xCount][yCount][parts];
  for (int64_t p = 0; p < xCount; ++p)
    for (int64_t c = 0; c < yCount; ++c)
      HINM_EACH_PART sum[p][c][part] = NativeDoubles{};
  int64_t i = 0;
  for (; i + doubleWidth <= n; i += doubleWidth)
    HINM_EACH_PART {
      NativeDoubles right[yCount];
      for (int64_t c = 0; c < yCount; ++c)
        __builtin_memcpy(&right[c], y[c] + i + part * nativeDoubles,
                         sizeof right[c]);
      for (int64_t p = 0; p < xCount; ++p) {
        NativeDoubles left;
        __builtin_memcpy(&left, x[p] + i + part * nativeDoubles, sizeof left);
        for (int64_t c = 0; c < yCount; ++c)
          sum[p][c][part] += left * right[c];
      }
    }
  for (int64_t p = 0; p < xCount; ++p)
    for (int64_t c = 0; c < yCount; ++c) {
      double total = 0;
      for (int64_t l = 0; l < doubleWidth; ++l)
        total += sum[p][c][l / nativeDoubles][l % nativeDoubles];
      for (int64_t k = i; k < n; ++k)
        total += x[p][k] * y[c][k];
      out[p * outStride + c] = total;
    }
}

void dots64(const double *const *x, int64_t xs, const double *const *y,
            int64_t ys, int64_t n, double *out, int64_t outStride) {
  for (int64_t c = 0; c < ys; c += 2)
    for (int64_t p = 0; p < xs; p += 2) {
      double *to = out + p * outStride + c;
      bool twoX = p + 2 <= xs, twoY = c + 2 <= ys;
      if (twoX && twoY)
        dotBlock64<2, 2>(x + p, y + c, n, to, outStride);
      else if (twoX)
        dotBlock64<2, 1>(x + p, y + c, n, to, outStride);
      else if (twoY)
        dotBlock64<1, 2>(x + p, y + c, n, to, outStride);
      else
        dotBlock64<1, 1>(x + p, y + c, n, to, outStride);
    }
}

void add(float *to, const float *from, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    to[i] += from[i];
}

void addDifference(float *to, const float *y, const float *x, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    to[i] += y[i] - x[i];
}

void rankUpdate(float *row, const float *u, int64_t stride,
                const float *coefficient, int64_t count, int64_t n) {
  int64_t j = 0;
  for (; j + 2 * width <= n; j += 2 * width) {
    Floats low = load<Floats>(row + j), high = load<Floats>(row + j + width);
    const float *from = u + j;
    for (int64_t k = 0; k < count; ++k, from += stride) {
      Floats factor = splat(coefficient[k]);
      low = low - factor * load<Floats>(from);
      high = high - factor * load<Floats>(from + width);
    }
    store(row + j, low);
    store(row + j + width, high);
  }
  for (; j < n; ++j)
    for (int64_t k = 0; k < count; ++k)
      row[j] -= coefficient[k] * u[k * stride + j];
}

void makeUp(float *w, const float *by, float factor, float *squares,
            int64_t n) {
  for (int64_t j = 0; j < n; ++j) {
    float value = w[j] - factor * by[j];
    w[j] = value;
    squares[j] += value * value;
  }
}

HINM_INLINE Ints countUp() {
  int32_t first[width];
  for (int32_t i = 0; i < width; ++i)
    first[i] = i;
  return load<Ints>(first);
}

NearestColumn relax(const int32_t *cost, const int32_t *dual, int32_t base,
                    int32_t row, const int32_t *done, int32_t *distance,
                    int32_t *from, int64_t n) {
  Ints best = splat(INT32_MAX), bestColumn = splat(0);
  Ints column = countUp(), step = splat(static_cast<int32_t>(width));
  Ints bases = splat(base), rows = splat(row);
  int64_t i = 0;
  for (; i + width <= n; i += width) {
    Ints old = load<Ints>(distance + i);
    Ints found = bases + load<Ints>(cost + i) - load<Ints>(dual + i);
    Ints open = isZero(load<Ints>(done + i));
    Ints closer = open & less(found, old);
    Ints now = select(closer, found, old);
    store(distance + i, now);
    store(from + i, select(closer, rows, load<Ints>(from + i)));
    Ints better = open & less(now, best);
    best = select(better, now, best);
    bestColumn = select(better, column, bestColumn);
    column = column + step;
  }
  NearestColumn nearest{INT32_MAX, INT32_MAX};
  for (int64_t l = 0; l < width; ++l)
    if (best[l] < nearest.distance ||
        (best[l] == nearest.distance && best[l] != INT32_MAX &&
         bestColumn[l] < nearest.column))
      nearest = {best[l], bestColumn[l]};
  for (; i < n; ++i) {
    if (done[i])
      continue;
    int32_t found = base + cost[i] - dual[i];
    if (found < distance[i]) {
      distance[i] = found;
      from[i] = row;
    }
    if (distance[i] < nearest.distance)
      nearest = {distance[i], static_cast<int32_t>(i)};
  }
  return nearest;
}

void range(const float *x, int64_t n, float &least, float &greatest) {
  Floats low = splat(x[0]), high = low;
  int64_t i = 0;
  for (; i + width <= n; i += width) {
    Floats value = load<Floats>(x + i);
    low = smaller(value, low);
    high = larger(value, high);
  }
  least = low[0];
  greatest = high[0];
  for (int64_t l = 1; l < width; ++l) {
    least = low[l] < least ? low[l] : least;
    greatest = high[l] > greatest ? high[l] : greatest;
  }
  for (; i < n; ++i) {
    least = x[i] < least ? x[i] : least;
    greatest = x[i] > greatest ? x[i] : greatest;
  }
}

void fixedPoint(const float *x, int64_t n, float high, float lift, float scale,
                int32_t *out) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = static_cast<int32_t>((high - x[i]) * lift * scale + 0.5f);
}

template <int64_t n>
HINM_INLINE void keptOfRowsN(const float *rows, const int32_t *index,
                             int64_t count, int64_t m, float *sum) {
  Floats total = splat(0.0f);
  for (int64_t first = 0; first < count; first += m) {
    // The n largest so far, in descending order.
    Floats largest[n];
    for (int64_t i = 0; i < n; ++i)
      largest[i] = splat(0.0f);
    for (int64_t p = first; p < first + m; ++p) {
      if (index[p] < 0)
        continue;
      Floats value = load<Floats>(rows + index[p] * width);
      for (int64_t i = 0; i < n; ++i) {
        Floats rest = smaller(largest[i], value);
        largest[i] = larger(largest[i], value);
        value = rest;
      }
    }
    for (int64_t i = 0; i < n; ++i)
      total = total + largest[i];
  }
  store(sum, load<Floats>(sum) + total);
}

void keptOfRows(const float *rows, const int32_t *index, int64_t count,
                int64_t n, int64_t m, float *sum) {
  switch (n) {
  case 1:
    return keptOfRowsN<1>(rows, index, count, m, sum);
  case 2:
    return keptOfRowsN<2>(rows, index, count, m, sum);
  case 3:
    return keptOfRowsN<3>(rows, index, count, m, sum);
  case 4:
    return keptOfRowsN<4>(rows, index, count, m, sum);
  case 5:
    return keptOfRowsN<5>(rows, index, count, m, sum);
  case 6:
    return keptOfRowsN<6>(rows, index, count, m, sum);
  case 7:
    return keptOfRowsN<7>(rows, index, count, m, sum);
  default:
    return keptOfRowsN<8>(rows, index, count, m, sum);
  }
}

TwoSmallest twoSmallest(const int32_t *cost, const int32_t *dual, int64_t n) {
  Ints first = splat(INT32_MAX), second = first;
  Ints firstColumn = splat(0), secondColumn = firstColumn;
  Ints column = countUp(), step = splat(static_cast<int32_t>(width));
  int64_t i = 0;
  for (; i + width <= n; i += width) {
    Ints found = load<Ints>(cost + i) - load<Ints>(dual + i);
    Ints isFirst = less(found, first);
    Ints isSecond = less(found, second);
    second = select(isFirst, first, select(isSecond, found, second));
    secondColumn =
        select(isFirst, firstColumn, select(isSecond, column, secondColumn));
    first = select(isFirst, found, first);
    firstColumn = select(isFirst, column, firstColumn);
    column = column + step;
  }
  TwoSmallest result{INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
  auto offer = [&](int32_t value, int32_t at) {
    if (value == INT32_MAX)
      return;
    if (value < result.first ||
        (value == result.first && at < result.firstColumn)) {
      result.second = result.first;
      result.secondColumn = result.firstColumn;
      result.first = value;
      result.firstColumn = at;
    } else if (value < result.second ||
               (value == result.second && at < result.secondColumn)) {
      result.second = value;
      result.secondColumn = at;
    }
  };
  for (int64_t l = 0; l < width; ++l) {
    offer(first[l], firstColumn[l]);
    offer(second[l], secondColumn[l]);
  }
  for (; i < n; ++i)
    offer(cost[i] - dual[i], static_cast<int32_t>(i));
  return result;
}

} // namespace

const hinm::permutation::KernelTable hinm::permutation::HINM_KERNEL_TABLE = {
    HINM_KERNEL_NAME,
    sumOfMaxima,
    swapExcess,
    thresholdPass,
    dots,
    dots64,
    add,
    addDifference,
    rankUpdate,
    makeUp,
    relax,
    range,
    fixedPoint,
    keptOfRows,
    twoSmallest};

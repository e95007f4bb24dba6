//===- Assignment.cpp - shortest augmenting paths ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Assignment.h"

#include "Kernels.h"

#include <algorithm>
#include <cassert>

using namespace hinm::permutation;

void AssignmentSolver::reduceRows(const int32_t *cost, int64_t stride,
                                  int64_t columns) {
  const KernelTable &kernel = kernels();
  // Two passes; a pass that goes on forever by tiny steps is cut off.
  for (int pass = 0; pass < 2 && !freeRows.empty(); ++pass) {
    std::vector<int32_t> left;
    size_t next = 0;
    size_t steps = 0, most = 8 * freeRows.size() + 64;
    while (next < freeRows.size()) {
      int32_t row = freeRows[next++];
      if (++steps > most) {
        left.push_back(row);
        continue;
      }
      TwoSmallest two =
          kernel.twoSmallest(cost + row * stride, dual.data(), columns);
      int32_t column = two.firstColumn;
      int32_t displaced = rowOf[static_cast<size_t>(column)];
      bool cheaper = columns > 1 && two.first < two.second;
      if (cheaper) {
        dual[static_cast<size_t>(column)] -= two.second - two.first;
      } else if (displaced >= 0 && columns > 1) {
        column = two.secondColumn;
        displaced = rowOf[static_cast<size_t>(column)];
      }
      columnOf[static_cast<size_t>(row)] = column;
      rowOf[static_cast<size_t>(column)] = row;
      if (displaced < 0)
        continue;
      columnOf[static_cast<size_t>(displaced)] = -1;
      if (cheaper)
        freeRows[--next] = displaced;
      else
        left.push_back(displaced);
    }
    freeRows = std::move(left);
  }
}

void AssignmentSolver::augment(const int32_t *cost, int64_t stride,
                               int64_t columns, int32_t start) {
  const KernelTable &kernel = kernels();
  std::fill(distance.begin(), distance.begin() + columns, INT32_MAX);
  std::fill(done.begin(), done.begin() + columns, 0);
  reached.clear();
  int32_t row = start, base = 0, end = -1, shortest = 0;
  for (;;) {
    NearestColumn nearest =
        kernel.relax(cost + row * stride, dual.data(), base, row, done.data(),
                     distance.data(), from.data(), columns);
    auto column = static_cast<size_t>(nearest.column);
    shortest = nearest.distance;
    if (rowOf[column] < 0) {
      end = nearest.column;
      break;
    }
    done[column] = 1;
    reached.push_back(nearest.column);
    row = rowOf[column];
    base = shortest - (cost[row * stride + nearest.column] - dual[column]);
  }
  for (int32_t column : reached)
    dual[static_cast<size_t>(column)] +=
        distance[static_cast<size_t>(column)] - shortest;
  // Turn the path around.
  for (int32_t column = end;;) {
    int32_t via = from[static_cast<size_t>(column)];
    int32_t before = columnOf[static_cast<size_t>(via)];
    columnOf[static_cast<size_t>(via)] = column;
    rowOf[static_cast<size_t>(column)] = via;
    if (via == start)
      break;
    column = before;
  }
}

const std::vector<int32_t> &AssignmentSolver::minimize(const int32_t *cost,
                                                       int64_t stride,
                                                       int64_t rows,
                                                       int64_t columns) {
  assert(rows <= columns && "every row gets a column");
  auto width = static_cast<size_t>(columns);
  columnOf.assign(static_cast<size_t>(rows), -1);
  rowOf.assign(width, -1);
  if (rows == columns) {
    // Every column gets a row, so its dual may begin at its smallest cost.
    dual.assign(cost, cost + columns);
    for (int64_t r = 1; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        dual[static_cast<size_t>(c)] =
            std::min(dual[static_cast<size_t>(c)], cost[r * stride + c]);
  } else {
    // A column without a row must have the largest dual of all, 0.
    dual.assign(width, 0);
  }
  distance.resize(width);
  from.resize(width);
  done.resize(width);
  freeRows.resize(static_cast<size_t>(rows));
  for (int64_t r = 0; r < rows; ++r)
    freeRows[static_cast<size_t>(r)] = static_cast<int32_t>(r);
  reduceRows(cost, stride, columns);
  for (int32_t row : freeRows)
    augment(cost, stride, columns, row);
  return columnOf;
}

const std::vector<int32_t> &AssignmentSolver::maximize(const float *profit,
                                                       int64_t stride,
                                                       int64_t rows,
                                                       int64_t columns) {
  const KernelTable &kernel = kernels();
  std::vector<float> largest(static_cast<size_t>(rows));
  float spread = 0;
  for (int64_t r = 0; r < rows; ++r) {
    float least, &most = largest[static_cast<size_t>(r)];
    kernel.range(profit + r * stride, columns, least, most);
    spread = std::max(spread, most - least);
  }
  auto steps = static_cast<float>(std::min<int64_t>(
      1 << 24, (int64_t(1) << 29) / std::max<int64_t>(rows, 1)));
  // Two factors, so that neither is infinite where all profits are tiny.
  float lift = spread < 1e-25f ? 0x1p100f : 1;
  float scale = spread > 0 ? steps / (spread * lift) : 0;
  fixedPoint.resize(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r)
    kernel.fixedPoint(profit + r * stride, columns,
                      largest[static_cast<size_t>(r)], lift, scale,
                      fixedPoint.data() + r * columns);
  return minimize(fixedPoint.data(), columns, rows, columns);
}

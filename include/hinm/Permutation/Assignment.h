//===- Assignment.h - linear assignment problems ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Source: Jonker and Volgenant, "A shortest augmenting path algorithm for dense
// and sparse linear assignment problems", Computing 38 (1987).
//
//===----------------------------------------------------------------------===//

#ifndef HINM_PERMUTATION_ASSIGNMENT_H
#define HINM_PERMUTATION_ASSIGNMENT_H

#include <cstdint>
#include <vector>

namespace hinm::permutation {

/// Solves assignment problems; keeps its memory from one to the next.
class AssignmentSolver {
public:
  /// The column of each of `rows` <= `columns` rows, no column twice, so that
  /// the sum of cost[row * stride + column] is smallest. Exact. The spread of
  /// the costs times `rows` must stay below 2^30. Ties are broken the same way
  /// on every machine.
  const std::vector<int32_t> &minimize(const int32_t *cost, int64_t stride,
                                       int64_t rows, int64_t columns);

  /// The same for the largest sum of `profit`, which is rounded to a fixed
  /// point of about 2^30 / rows steps within the largest spread of a row.
  const std::vector<int32_t> &maximize(const float *profit, int64_t stride,
                                       int64_t rows, int64_t columns);

private:
  /// Rows that are left without a column after cheap reassignments.
  void reduceRows(const int32_t *cost, int64_t stride, int64_t columns);
  /// Gives `row` a column along a shortest augmenting path.
  void augment(const int32_t *cost, int64_t stride, int64_t columns,
               int32_t row);

  std::vector<int32_t> columnOf;
  std::vector<int32_t> rowOf;
  std::vector<int32_t> dual;
  std::vector<int32_t> freeRows;
  std::vector<int32_t> distance, from, done, reached;
  std::vector<int32_t> fixedPoint;
};

} // namespace hinm::permutation

#endif // HINM_PERMUTATION_ASSIGNMENT_H

//===- TransportTest.cpp - against an assignment with every place -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transport.h"

#include "hinm/Permutation/Assignment.h"

#include <algorithm>
#include <random>

#include "gtest/gtest.h"

using namespace hinm::permutation;

TEST(Transport, EqualsAssignmentOfPlaces) {
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    int64_t clusters = 1 + random() % 7;
    std::vector<int64_t> capacity;
    int64_t places = 0;
    for (int64_t c = 0; c < clusters; ++c) {
      capacity.push_back(1 + random() % 6);
      places += capacity.back();
    }
    int64_t points =
        i % 2 ? places : 1 + random() % static_cast<size_t>(places);
    uint32_t spread = i % 3 ? 1000 : 4;
    std::vector<float> cost(static_cast<size_t>(points * clusters));
    for (float &c : cost)
      c = static_cast<float>(random() % spread);

    // Every place of a cluster is a column of an assignment problem.
    std::vector<int32_t> wide;
    for (int64_t p = 0; p < points; ++p)
      for (int64_t c = 0; c < clusters; ++c)
        for (int64_t k = 0; k < capacity[static_cast<size_t>(c)]; ++k)
          wide.push_back(static_cast<int32_t>(
              cost[static_cast<size_t>(p * clusters + c)]));
    AssignmentSolver solver;
    const auto &columns = solver.minimize(wide.data(), places, points, places);
    int64_t expected = 0;
    for (int64_t p = 0; p < points; ++p)
      expected += wide[static_cast<size_t>(p * places +
                                           columns[static_cast<size_t>(p)])];

    std::vector<int32_t> found = transport(cost, points, capacity);
    double total = 0;
    std::vector<int64_t> load(capacity.size());
    for (int64_t p = 0; p < points; ++p) {
      int32_t c = found[static_cast<size_t>(p)];
      ++load[static_cast<size_t>(c)];
      total += cost[static_cast<size_t>(p * clusters + c)];
    }
    for (size_t c = 0; c < load.size(); ++c)
      ASSERT_LE(load[c], capacity[c]);
    ASSERT_EQ(total, static_cast<double>(expected)) << "number " << i;
  }
}

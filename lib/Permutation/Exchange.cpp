//===- Exchange.cpp - kept column vectors for dropped ones -------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A column's sum says little about what N:M leaves of it. For every place k and
// dropped column d the gain of d in place k is known exactly: per row the
// larger of d's entry and the N-th largest of the others in the group, less the
// same with the column that is there. Groups do not see each other, so the best
// exchanges of different groups can be made at once.
//
//===----------------------------------------------------------------------===//

#include "TileColumns.h"

#include "Kernels.h"

#include <algorithm>
#include <tuple>

using namespace hinm;
using namespace hinm::permutation;

void TileColumns::collectDropped(int64_t channels) {
  std::vector<bool> held(static_cast<size_t>(channels), false);
  for (int64_t k = 0; k < pattern.columns; ++k)
    if (index[k] >= 0)
      held[static_cast<size_t>(index[k])] = true;
  for (int64_t c = 0; c < channels; ++c)
    if (!held[static_cast<size_t>(c)])
      dropped.push_back(static_cast<int32_t>(c));
  auto count = static_cast<int64_t>(dropped.size());
  droppedStride = (count + 15) / 16 * 16;
  droppedValue.assign(static_cast<size_t>(height * droppedStride), 0.0f);
  for (int64_t r = 0; r < height; ++r)
    for (int64_t d = 0; d < count; ++d)
      droppedValue[static_cast<size_t>(r * droppedStride + d)] =
          rows[static_cast<size_t>(r)][dropped[static_cast<size_t>(d)]];
}

void TileColumns::lowerOfPlaces(int64_t firstGroup, int64_t count, float *out,
                                int64_t outStride) const {
  int64_t m = pattern.m, n = pattern.n;
  for (int64_t r = 0; r < height; ++r)
    for (int64_t g = 0; g < count; ++g) {
      const float *group =
          packed.data() + r * pattern.columns + (firstGroup + g) * m;
      // The N-th largest of the others is the N-th largest of all for a place
      // below it in rank, else the next one.
      float largest[8];
      for (int64_t p = 0; p < m; ++p) {
        int64_t place = p;
        for (; place > 0 && largest[place - 1] < group[p]; --place)
          largest[place] = largest[place - 1];
        largest[place] = group[p];
      }
      for (int64_t p = 0; p < m; ++p)
        out[r * outStride + g * m + p] =
            group[p] >= largest[n - 1] ? largest[n] : largest[n - 1];
    }
}

bool TileColumns::exchange(int64_t channels) {
  if (pattern.n >= pattern.m || pattern.columns >= channels)
    return false;
  if (dropped.empty())
    collectDropped(channels);
  const KernelTable &kernel = kernels();
  auto count = static_cast<int64_t>(dropped.size());
  int64_t m = pattern.m;
  // As many groups at a time as keep the results in the cache.
  int64_t together = std::max<int64_t>(1, 16 / m);
  std::vector<float> low(static_cast<size_t>(height * together * m));
  std::vector<float> found(static_cast<size_t>(together * m * droppedStride));
  struct Move {
    double gain;
    int64_t place;
    int64_t dropped;
  };
  std::vector<Move> moves;
  for (int64_t first = 0; first < groups; first += together) {
    int64_t here = std::min(together, groups - first);
    lowerOfPlaces(first, here, low.data(), together * m);
    kernel.sumOfMaxima(low.data(), together * m, here * m, droppedValue.data(),
                       droppedStride, droppedStride, height, found.data(),
                       droppedStride);
    for (int64_t p = 0; p < here * m; ++p) {
      const float *row = found.data() + p * droppedStride;
      int64_t best = std::max_element(row, row + count) - row;
      int64_t place = first * m + p;
      double gain = 0;
      for (int64_t r = 0; r < height; ++r) {
        float least = low[static_cast<size_t>(r * together * m + p)];
        gain +=
            static_cast<double>(std::max(
                least,
                droppedValue[static_cast<size_t>(r * droppedStride + best)])) -
            static_cast<double>(std::max(least, at(r, place)));
      }
      if (gain > 0)
        moves.push_back({gain, place, best});
    }
  }
  std::sort(moves.begin(), moves.end(), [](const Move &a, const Move &b) {
    return std::tie(b.gain, a.place) < std::tie(a.gain, b.place);
  });
  std::vector<bool> groupDone(static_cast<size_t>(groups), false);
  std::vector<bool> used(static_cast<size_t>(count), false);
  bool gained = false;
  for (const Move &move : moves) {
    auto group = static_cast<size_t>(move.place / m);
    auto which = static_cast<size_t>(move.dropped);
    if (groupDone[group] || used[which])
      continue;
    groupDone[group] = used[which] = true;
    gained = true;
    std::swap(index[move.place], dropped[which]);
    for (int64_t r = 0; r < height; ++r)
      std::swap(
          at(r, move.place),
          droppedValue[static_cast<size_t>(r * droppedStride + move.dropped)]);
  }
  return gained;
}

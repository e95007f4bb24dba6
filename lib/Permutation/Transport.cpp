//===- Transport.cpp - shortest paths between overfull and underfull -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every point begins in its cheapest cluster. While a cluster is overfull,
// points move along the cheapest chain of clusters to one with room (successive
// shortest paths of a minimum-cost flow whose nodes are the clusters, not the
// points).
//
//===----------------------------------------------------------------------===//

#include "Transport.h"

#include <algorithm>
#include <cassert>
#include <limits>

using namespace hinm::permutation;

namespace {
class Transport {
public:
  Transport(const std::vector<float> &cost, int64_t points,
            const std::vector<int64_t> &capacity)
      : cost(cost), clusters(static_cast<int64_t>(capacity.size())),
        capacity(capacity), clusterOf(static_cast<size_t>(points)),
        members(capacity.size()), edge(capacity.size() * capacity.size()),
        mover(capacity.size() * capacity.size(), -1),
        potential(capacity.size(), 0) {
    for (int64_t p = 0; p < points; ++p) {
      auto first = cost.begin() + p * clusters;
      auto best = static_cast<int32_t>(
          std::min_element(first, first + clusters) - first);
      clusterOf[static_cast<size_t>(p)] = best;
      members[static_cast<size_t>(best)].push_back(static_cast<int32_t>(p));
    }
    for (int64_t c = 0; c < clusters; ++c)
      recompute(c);
  }

  std::vector<int32_t> solve() {
    while (movePath())
      ;
    return std::move(clusterOf);
  }

private:
  double costOf(int64_t point, int64_t cluster) const {
    return static_cast<double>(
        cost[static_cast<size_t>(point * clusters + cluster)]);
  }
  int64_t load(int64_t c) const {
    return static_cast<int64_t>(members[static_cast<size_t>(c)].size());
  }

  void offer(int64_t from, int32_t point) {
    double here = costOf(point, from);
    double *edges = edge.data() + from * clusters;
    int32_t *movers = mover.data() + from * clusters;
    for (int64_t to = 0; to < clusters; ++to) {
      double change = costOf(point, to) - here;
      if (change < edges[to] || (change == edges[to] && point < movers[to])) {
        edges[to] = change;
        movers[to] = point;
      }
    }
  }

  /// Cheapest move out of `from` to every other cluster.
  void recompute(int64_t from) {
    std::fill_n(edge.begin() + from * clusters, clusters, infinity);
    std::fill_n(mover.begin() + from * clusters, clusters, -1);
    for (int32_t point : members[static_cast<size_t>(from)])
      offer(from, point);
  }

  bool movePath() {
    // Dijkstra from all overfull clusters at once, with reduced costs.
    auto count = static_cast<size_t>(clusters);
    distance.assign(count, infinity);
    before.assign(count, -1);
    settled.assign(count, 0);
    bool overfull = false;
    for (int64_t c = 0; c < clusters; ++c)
      if (load(c) > capacity[static_cast<size_t>(c)]) {
        distance[static_cast<size_t>(c)] = 0;
        overfull = true;
      }
    if (!overfull)
      return false;
    int64_t end = -1;
    for (;;) {
      int64_t nearest = -1;
      for (int64_t c = 0; c < clusters; ++c)
        if (!settled[static_cast<size_t>(c)] &&
            (nearest < 0 || distance[static_cast<size_t>(c)] <
                                distance[static_cast<size_t>(nearest)]))
          nearest = c;
      assert(nearest >= 0 &&
             distance[static_cast<size_t>(nearest)] < infinity &&
             "the capacities hold all points");
      auto at = static_cast<size_t>(nearest);
      settled[at] = 1;
      if (load(nearest) < capacity[at]) {
        end = nearest;
        break;
      }
      const double *edges = edge.data() + nearest * clusters;
      double base = distance[at] + potential[at];
      for (size_t to = 0; to < count; ++to) {
        if (settled[to])
          continue;
        // Rounding may leave a reduced cost just below zero.
        double reached =
            std::max(distance[at], base + edges[to] - potential[to]);
        if (reached < distance[to]) {
          distance[to] = reached;
          before[to] = static_cast<int32_t>(nearest);
        }
      }
    }
    double shortest = distance[static_cast<size_t>(end)];
    for (size_t c = 0; c < count; ++c)
      potential[c] += settled[c] ? distance[c] : shortest;

    // Move one point along each edge, the last edge first.
    changed.clear();
    for (int64_t to = end; before[static_cast<size_t>(to)] >= 0;) {
      int64_t from = before[static_cast<size_t>(to)];
      int32_t point = mover[static_cast<size_t>(from * clusters + to)];
      auto &list = members[static_cast<size_t>(from)];
      list.erase(std::find(list.begin(), list.end(), point));
      members[static_cast<size_t>(to)].push_back(point);
      clusterOf[static_cast<size_t>(point)] = static_cast<int32_t>(to);
      changed.push_back({from, to, point});
      to = from;
    }
    for (const Move &move : changed)
      recompute(move.from);
    offer(changed.front().to, changed.front().point);
    return true;
  }

  struct Move {
    int64_t from, to;
    int32_t point;
  };
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<float> &cost;
  int64_t clusters;
  const std::vector<int64_t> &capacity;
  std::vector<int32_t> clusterOf;
  std::vector<std::vector<int32_t>> members;
  std::vector<double> edge;
  std::vector<int32_t> mover;
  std::vector<double> potential;
  std::vector<double> distance;
  std::vector<int32_t> before;
  std::vector<char> settled;
  std::vector<Move> changed;
};
} // namespace

std::vector<int32_t>
hinm::permutation::transport(const std::vector<float> &cost, int64_t points,
                             const std::vector<int64_t> &capacity) {
  return Transport(cost, points, capacity).solve();
}

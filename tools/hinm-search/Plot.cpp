//===- Plot.cpp - quality over time as a picture ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Output.h"

#include <algorithm>
#include <cstdio>

using namespace hinm::tool;

static std::string number(const char *format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string hinm::tool::plotTrace(const hinm::permutation::Result &result) {
  constexpr double left = 70, top = 20, width = 520, height = 280;
  const auto &trace = result.statistics.trace;
  double end = std::max(trace.empty() ? 0 : trace.back().seconds, 1e-3);
  double low = result.retainedIdentity;
  double high = std::max(result.retainedBound, low + 1e-9);
  auto x = [&](double seconds) { return left + width * seconds / end; };
  auto y = [&](double retained) {
    return top + height * (1 - (retained - low) / (high - low));
  };
  auto text = [](double atX, double atY, const char *anchor,
                 const std::string &content) {
    return "<text x='" + number("%.1f", atX) + "' y='" + number("%.1f", atY) +
           "' text-anchor='" + anchor + "'>" + content + "</text>\n";
  };
  std::string svg =
      "<svg xmlns='http://www.w3.org/2000/svg' width='640' height='360' "
      "font-family='sans-serif' font-size='12'>\n"
      "<rect width='640' height='360' fill='white'/>\n";
  for (double retained : {low, high})
    svg += "<line x1='70' x2='590' y1='" + number("%.1f", y(retained)) +
           "' y2='" + number("%.1f", y(retained)) +
           "' stroke='gray' stroke-dasharray='4'/>\n" +
           text(64, y(retained) + 4, "end", number("%.4f", retained));
  svg += text(left + 4, y(low) - 4, "start", "identity order") +
         text(left + 4, y(high) + 14, "start", "unstructured bound");
  std::string points = number("%.1f", x(0)) + "," + number("%.1f", y(low));
  double last = low;
  for (const auto &progress : trace) {
    // A step: the result stands until a better one is found.
    points += " " + number("%.1f", x(progress.seconds)) + "," +
              number("%.1f", y(last)) + " " +
              number("%.1f", x(progress.seconds)) + "," +
              number("%.1f", y(progress.retained));
    last = progress.retained;
  }
  svg += "<polyline fill='none' stroke='#1f6fb4' stroke-width='2' points='" +
         points + "'/>\n";
  svg += text(x(end), y(last) - 6, "end", number("%.4f", last)) +
         text(left, top + height + 24, "middle", "0") +
         text(x(end), top + height + 24, "end", number("%.2f s", end)) +
         text(left + width / 2, top + height + 40, "middle",
              "share of saliency kept over seconds of search") +
         "</svg>\n";
  return svg;
}

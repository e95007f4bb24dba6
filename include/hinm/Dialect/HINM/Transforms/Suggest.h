//===- Suggest.h - what a misspelt name may have meant ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_TRANSFORMS_SUGGEST_H
#define HINM_DIALECT_HINM_TRANSFORMS_SUGGEST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"

#include <string>

namespace mlir::hinm {

/// The end of a diagnostic on an unknown `name`: "; did you mean 'x'?" where one
/// of `known` is near, else which are known (the first few of many).
inline std::string suggest(llvm::StringRef name,
                           llvm::ArrayRef<llvm::StringRef> known) {
  constexpr unsigned near = 3;
  constexpr size_t most = 8;
  llvm::StringRef best;
  unsigned distance = near + 1;
  for (llvm::StringRef candidate : known) {
    unsigned found = name.edit_distance(candidate, /*AllowReplacements=*/true,
                                        /*MaxEditDistance=*/near);
    if (found < distance) {
      distance = found;
      best = candidate;
    }
  }
  if (distance <= near && distance < name.size())
    return ("; did you mean '" + best + "'?").str();
  if (known.empty())
    return "; there is none";
  return "; expected " + llvm::join(known.take_front(most), ", ") +
         (known.size() > most ? ", ..." : "");
}

} // namespace mlir::hinm

#endif // HINM_DIALECT_HINM_TRANSFORMS_SUGGEST_H

//===- Input.h - checks of a search's input ----------------------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_INPUT_H
#define HINM_LIB_PERMUTATION_INPUT_H

#include <optional>

#include "hinm/Permutation/Search.h"

namespace hinm::permutation {

/// What is wrong with the arguments of search(), if anything.
std::optional<Error> verifyInput(MatrixView weight, const Pattern &pattern,
                                 const Options &options, MatrixView saliency);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_INPUT_H

//===- ExitOnError.h - ending a process that nobody asks for errors -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_RUNTIME_EXITONERROR_H
#define HINM_LIB_RUNTIME_EXITONERROR_H

namespace hinm::runtime {

/// Whether errors outside of any scope end the process; on at first.
void setExitOnError(bool enable);

/// Prints the error that is kept outside of any scope to standard error and
/// ends the process with status 1, if there is one and that is switched on.
void exitIfError();

/// Makes sure that an error which no synchronisation follows is reported at
/// the latest when the process ends.
void watchUnreportedErrors();

} // namespace hinm::runtime

#endif // HINM_LIB_RUNTIME_EXITONERROR_H

//===- Arguments.h - kernel arguments of the command line -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_PTX_EMULATE_ARGUMENTS_H
#define HINM_TOOLS_PTX_EMULATE_ARGUMENTS_H

#include "Files.h"
#include "Npy.h"

#include "hinm/Emulator/Device.h"

namespace ptx_emulate {

/// One `--arg=`: what is handed to the kernel, and what to do afterwards.
struct Argument {
  std::string text;
  std::vector<uint8_t> value; // of the parameter
  bool isBuffer = false;
  hinm::emulator::DevicePtr address = 0;
  Array array;        // what a buffer holds, or the shape of what it gets
  std::string output; // the file that a buffer goes to
};

/// Parses `text` (`in:`, `out:`, `inout:`, `null`, `bytes:`, or a scalar) for
/// the given parameter and puts buffers on the device.
hinm::emulator::Result<Argument>
makeArgument(const std::string &text, const hinm::emulator::ParamInfo &param,
             hinm::emulator::Device &device);
/// Reads a buffer back and adds its file.
hinm::emulator::Status storeOutput(Argument &argument,
                                   hinm::emulator::Device &device,
                                   OutputFiles &files);

} // namespace ptx_emulate

#endif // HINM_TOOLS_PTX_EMULATE_ARGUMENTS_H

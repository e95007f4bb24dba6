//===- EstimateTest.cpp - lower bounds of time ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "hinm/Emulator/Estimate.h"

using namespace emulator_test;

namespace {

double cyclesOf(const std::vector<Bound> &bounds, const std::string &resource) {
  for (const Bound &bound : bounds)
    if (resource == bound.resource)
      return bound.cycles;
  ADD_FAILURE() << "no bound of " << resource;
  return 0;
}

TEST(EstimateTest, GivesBackPublishedRates) {
  // Dense f16 with f32 sums, in TFLOPS, as the whitepapers have them.
  const std::pair<const char *, double> published[] = {{"A100", 312},
                                                       {"RTX3090", 71.2},
                                                       {"RTX4090", 165.2},
                                                       {"H100", 989.4},
                                                       {"H200", 989.4}};
  for (auto [name, teraflops] : published) {
    Result<Chip> chip = findChip(name);
    ASSERT_TRUE(chip.ok());
    double rate = 2 * chip->sms * chip->megahertz * 1e6 * chip->tensor[0];
    EXPECT_NEAR(rate / 1e12, teraflops, teraflops * 0.002) << name;
  }
}

TEST(EstimateTest, CountsEachResource) {
  Counters counters;
  counters.grid[0] = 1000;
  counters.grid[1] = counters.grid[2] = 1;
  counters.addTensorWork(TensorKind::Half, 108ull * 1024 * 500, true);
  EXPECT_EQ(counters.tensorFlops, 4ull * 108 * 1024 * 500);
  counters.uniqueReadBytes = 2039000000; // a millisecond of DRAM
  counters.sharedLoads.asked = 108 * 300;
  counters.warpInstructions = 108 * 4 * 77;
  std::vector<Bound> bounds = estimate(counters, *findChip("A100"));
  EXPECT_STREQ(bounds[0].resource, "DRAM");
  EXPECT_NEAR(bounds[0].cycles, 1410000, 1);
  EXPECT_DOUBLE_EQ(cyclesOf(bounds, "tensor cores"), 500);
  EXPECT_DOUBLE_EQ(cyclesOf(bounds, "shared memory"), 300);
  EXPECT_DOUBLE_EQ(cyclesOf(bounds, "instruction issue"), 77);
  EXPECT_TRUE(
      contains(estimateTable(counters, *findChip("A100")), "bound by DRAM"));
  // Fewer CTAs than SMs: the others have nothing to do.
  counters.grid[0] = 54;
  EXPECT_DOUBLE_EQ(
      cyclesOf(estimate(counters, *findChip("A100")), "shared memory"), 600);
}

TEST(EstimateTest, NamesTheChipsItKnows) {
  Result<Chip> chip = findChip("H300");
  ASSERT_FALSE(chip.ok());
  EXPECT_EQ(chip.message(),
            "unknown chip 'H300', expected one of A100, RTX3090, "
            "RTX4090, H100, H200");
}

TEST(EstimateTest, ComesFromALaunch) {
  Machine machine;
  DevicePtr data = machine.buffer(std::vector<uint32_t>(2048, 1));
  Result<Counters> counters = machine.run(kernel(R"(
    .reg .b32 %t, %r<3>; .reg .b64 %x<3>;
    mov.u32 %t, %tid.x;
    mov.u32 %r0, %ctaid.x;
    mad.lo.u32 %t, %r0, 32, %t;
    mul.wide.u32 %x1, %t, 4;
    ld.param.u64 %x0, [p0];
    add.u64 %x0, %x0, %x1;
    ld.global.u32 %r1, [%x0];
    add.u32 %r1, %r1, 1;
    st.global.u32 [%x0], %r1;
    ret;)"),
                                          {data}, {64, 1, 1});
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<Bound> bounds = estimate(*counters, *findChip("A100"));
  // 8192 bytes each way, at 2039 GB/s and 1410 MHz.
  EXPECT_NEAR(cyclesOf(bounds, "DRAM"), 16384 * 1410e6 / 2039e9, 0.01);
  // 64 SMs share the work of 64 warps: two integer instructions a clock each.
  EXPECT_DOUBLE_EQ(cyclesOf(bounds, "instruction issue"),
                   counters->warpInstructions / 4.0 / 64);
}

} // namespace

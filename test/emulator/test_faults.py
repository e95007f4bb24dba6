#===- test_faults.py - faults.cu must be refused -----------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_faults.py PTX_EMULATE [CUDA_PATH]"""
from cuda_kernels import main, np


def test(kernels):
    refuse = kernels.refuse
    rng = np.random.default_rng(20)

    def array(*shape):
        return rng.standard_normal(shape).astype("f4")

    x, y = array(256), array(256)
    refuse("racyReduce", 1, 256, x, y, says="data race")
    refuse("racyWarp", 1, 32, x, y, says="data race")
    refuse("racyBlocks", 2, 32, x, y, says="data race")

    # 100 elements: thread 100 is the first that should not be.
    message = refuse("onePast", 4, 32, array(100), array(101), 100,
                     says="out of bounds")
    assert "CTA (3,0,0), thread (4,0,0)" in message, message
    message = refuse("onePastShared", 1, 128, x, y, says="out of bounds")
    assert "thread (127,0,0)" in message, message

    message = refuse("uninitialised", 1, 128, x, y, 127, says="never written")
    assert "thread (0,0,0)" in message, message
    message = refuse("misaligned", 1, 128, x, y, says="misaligned")
    assert "thread (1,0,0)" in message, message

    refuse("copyBeforeWait", 1, 128, x, y, says="copy still in flight")
    refuse("copyBeforeBarrier", 1, 128, x, y, says="data race")
    refuse("copyTooEarly", 1, 128, array(5, 128), array(5, 128), 5,
           says="copy still in flight")

    refuse("dividedBarrier", 1, 32, x, y, says="barrier")
    refuse("absentLanes", 1, 32, np.where(np.arange(32) % 3, 1, -1)
           .astype("f4"), y, says="does not take part")
    refuse("pastConstant", 1, 32, y, 0, says="out of bounds")


TEST = ("faults", ("sm_80",), test)

if __name__ == "__main__":
    main(TEST)

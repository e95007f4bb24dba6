# ===- kernels.py - PTX for timing the emulator ------------------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""One kernel for each kind of work, of 256 threads a CTA, and what it is run with.

Each takes a pointer to 32-bit words; CTA b has `WORDS` of them from word b * WORDS on.
"""

WORDS = 16384
THREADS = 256

HEAD = """.version 8.5
.target sm_80
.address_size 64
.visible .entry k(.param .u64 p)
{
  .reg .pred %%p; .reg .b64 %%x<8>; .reg .b32 %%r<40>; .reg .f32 %%f<24>;
  %s
  ld.param.u64 %%x0, [p];
  mov.u32 %%r0, %%tid.x;
  mov.u32 %%r1, %%ctaid.x;
  mad.lo.u32 %%r2, %%r1, 16384, %%r0;
  mul.wide.u32 %%x1, %%r2, 4;
  add.u64 %%x1, %%x0, %%x1;
  mov.u32 %%r3, 0;
"""


def loop(times, body, behind="", shared=""):
    return (
        HEAD % shared
        + "L:\n%s\n  add.u32 %%r3, %%r3, 1;\n  setp.lt.u32 %%p, %%r3, %d;\n  @%%p bra L;\n"
        % (body, times)
        + behind
        + "  ret;\n}\n"
    )


ARITHMETIC = loop(
    2000,
    """  fma.rn.f32 %f1, %f1, 0f3F7FFF00, %f0;
  add.f32 %f2, %f1, %f0;
  mad.lo.u32 %r4, %r4, 1664525, %r2;
  xor.b32 %r5, %r4, %r3;
  shl.b32 %r6, %r5, 3;
  add.u32 %r4, %r6, %r4;
  mul.f32 %f0, %f2, 0f3F000000;""",
    """  cvt.rzi.u32.f32 %r7, %f0;
  add.u32 %r4, %r4, %r7;
  st.global.u32 [%x1], %r4;
""",
).replace(
    "  mov.u32 %r3, 0;",
    "  mov.u32 %r3, 0; mov.u32 %r4, 1; mov.f32 %f1, 0f3F800000;"
    " cvt.rn.f32.u32 %f0, %r2;",
)

# 16 bytes a lane, back and forth.
GLOBAL = loop(
    200,
    """  mul.wide.u32 %x2, %r0, 12;
  add.u64 %x2, %x1, %x2;
  ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%x2];
  ld.global.v4.u32 {%r8, %r9, %r10, %r11}, [%x2+4096];
  add.u32 %r4, %r4, %r9;
  st.global.v4.u32 [%x2], {%r8, %r4, %r10, %r11};
  st.global.v4.u32 [%x2+4096], {%r4, %r5, %r6, %r7};""",
)

# A tile is written by rows and read by columns.
SHARED = loop(
    500,
    """  st.shared.u32 [%r5], %r4;
  st.shared.u32 [%r5+1056], %r3;
  bar.sync 0;
  ld.shared.u32 %r7, [%r6];
  ld.shared.u32 %r8, [%r6+1056];
  add.u32 %r4, %r7, %r8;
  bar.sync 0;""",
    "  st.global.u32 [%x1], %r4;\n",
    """.shared .align 16 .b8 tile[2112];""",
).replace(
    "  mov.u32 %r3, 0;",
    """  mov.u32 %r3, 0; mov.u32 %r4, %r0;
  mov.u32 %r9, tile;
  shr.u32 %r10, %r0, 5; and.b32 %r11, %r0, 31;
  mad.lo.u32 %r5, %r10, 33, %r11; mad.lo.u32 %r5, %r5, 4, %r9;
  shr.u32 %r10, %r0, 3; and.b32 %r11, %r0, 7;
  mad.lo.u32 %r6, %r11, 33, %r10; mad.lo.u32 %r6, %r6, 4, %r9;""",
)

# As in a matrix product: fragments by ldmatrix, then the tensor cores.
TENSOR = loop(
    200,
    "".join(
        """  ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%r10, %%r11, %%r12, %%r13}, [%%r5+%d];
  ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%%r14, %%r15}, [%%r5+%d];
  mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%%f0, %%f1, %%f2, %%f3},
      {%%r10, %%r11, %%r12, %%r13}, {%%r14, %%r15}, {%%f0, %%f1, %%f2, %%f3};
"""
        % (512 * step, 512 * step)
        for step in range(8)
    ),
    """  add.f32 %f0, %f0, %f1; add.f32 %f2, %f2, %f3; add.f32 %f0, %f0, %f2;
  st.global.f32 [%x1], %f0;
""",
    ".shared .align 16 .b8 tile[4096];",
).replace(
    "  mov.u32 %r3, 0;",
    """  mov.u32 %r3, 0;
  mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0; mov.f32 %f2, %f0; mov.f32 %f3, %f0;
  mov.u32 %r9, tile;
  mad.lo.u32 %r5, %r0, 16, %r9;
  mov.u32 %r4, 0x2c002c00;
  st.shared.v4.u32 [%r5], {%r4, %r4, %r4, %r4};
  bar.sync 0;
  and.b32 %r5, %r0, 31; mad.lo.u32 %r5, %r5, 16, %r9;""",
)

KERNELS = {
    "arithmetic": ARITHMETIC,
    "global memory": GLOBAL,
    "shared memory": SHARED,
    "ldmatrix and mma": TENSOR,
}

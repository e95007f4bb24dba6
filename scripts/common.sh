# Sourced by the other scripts: where things are.
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
environment=$root/.venv
build=$root/build
jobs=$(nproc 2>/dev/null || echo 2)

say() { printf '\n== %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The root of the CUDA toolkit: the user's choice in HINM_CUDA_PATH, or else the
# one of the Python environment.
export_cuda_path() {
  if [ -z "${HINM_CUDA_PATH:-}" ]; then
    HINM_CUDA_PATH=$(echo "$environment"/lib/python3*/site-packages/nvidia/cu13)
  fi
  [ -x "$HINM_CUDA_PATH/bin/ptxas" ] ||
    die "no bin/ptxas in the CUDA toolkit '$HINM_CUDA_PATH' (HINM_CUDA_PATH chooses one)"
  export HINM_CUDA_PATH
}

# Ninja looks at the CMake files by itself once the folder is configured.
configure() {
  [ -f "$build/build.ninja" ] || (cd "$root" && cmake --preset release)
}

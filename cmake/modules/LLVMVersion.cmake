# The one place that says which LLVM and MLIR this project builds with. The
# set-up script reads the number from here as well.
set(HINM_LLVM_VERSION 22)

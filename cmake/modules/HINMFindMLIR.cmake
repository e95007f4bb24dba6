# Finds the MLIR of LLVMVersion.cmake and declares how to build against it.
# Everything is linked against libMLIR.so and libLLVM.so, once.
find_package(MLIR REQUIRED CONFIG
             HINTS /usr/lib/llvm-${HINM_LLVM_VERSION}/lib/cmake/mlir)
if(NOT LLVM_VERSION_MAJOR EQUAL HINM_LLVM_VERSION)
  message(FATAL_ERROR "found LLVM ${LLVM_VERSION_MAJOR} in ${LLVM_DIR}, "
                      "expected ${HINM_LLVM_VERSION}")
endif()
set(MLIR_LINK_MLIR_DYLIB ON)
set(LLVM_LINK_LLVM_DYLIB ON)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
# MLIR's headers are not ours to warn about.
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})

# One precompiled header for all files that use MLIR. It leaves out the GPU, NVVM
# and vector dialects, which few files use: with them it takes four minutes and
# 1.4 GB instead of one minute and 0.5 GB, and each file loads it.
add_library(HINMPrecompiled STATIC
            ${CMAKE_CURRENT_SOURCE_DIR}/cmake/modules/Precompiled.cpp)
target_precompile_headers(HINMPrecompiled PRIVATE
                          ${CMAKE_CURRENT_SOURCE_DIR}/cmake/modules/Precompiled.h)
set_target_properties(HINMPrecompiled PROPERTIES CXX_COMPILER_LAUNCHER "")

# hinm_add_mlir_library(NAME source... [DEPENDS target...] [LINK library...])
function(hinm_add_mlir_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_precompile_headers(${name} REUSE_FROM HINMPrecompiled)
  # ccache would preprocess all of MLIR's headers, which costs more than the
  # precompiled header saves.
  set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER "")
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR)
endfunction()

# hinm_add_mlir_tool(NAME source... [LINK library...])
# A command; its file is small, so it does without the precompiled header (which
# is made for libraries: an executable is compiled with other flags).
function(hinm_add_mlir_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
endfunction()

# hinm_tablegen(BASE_TD target output generator [output generator]...)
# Runs mlir-tblgen on one .td of the current folder.
function(hinm_tablegen td target)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(rest ${ARGN})
  while(rest)
    list(POP_FRONT rest output)
    list(POP_FRONT rest generator)
    separate_arguments(generator)
    mlir_tablegen(${output} ${generator})
  endwhile()
  add_public_tablegen_target(${target})
  set_property(GLOBAL APPEND PROPERTY HINM_TABLEGEN_TARGETS ${target})
endfunction()

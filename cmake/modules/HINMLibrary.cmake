# How this project declares its libraries and unit tests.
include(CMakeParseArguments)

# hinm_add_library(NAME source... [LINK library...])
# A static library that needs neither MLIR nor LLVM.
function(hinm_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} Threads::Threads)
endfunction()

# hinm_add_unittest(NAME source... [LINK library...])
# A GoogleTest executable; each TEST is one test of ctest.
function(hinm_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit)
endfunction()

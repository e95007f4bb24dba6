# Each file with RUN lines is a test of ctest; `lit -sv build/test` runs them all.
configure_file(lit.site.cfg.py.in lit.site.cfg.py @ONLY)

file(GLOB_RECURSE HINM_LIT_TESTS CONFIGURE_DEPENDS
     RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.mlir *.test)
list(FILTER HINM_LIT_TESTS EXCLUDE REGEX "^(unit|python|gpu)/|/Inputs/")
foreach(test ${HINM_LIT_TESTS})
  add_test(NAME ${test}
           COMMAND ${LLVM_TOOLS_BINARY_DIR}/lit -v
                   ${CMAKE_CURRENT_BINARY_DIR}/${test})
  set_tests_properties(${test} PROPERTIES LABELS lit TIMEOUT 300
                       SKIP_REGULAR_EXPRESSION "Unsupported *: *1")
endforeach()

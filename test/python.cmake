# Each file of pytest is a test of ctest.
file(GLOB HINM_PYTEST_FILES CONFIGURE_DEPENDS
     RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} python/test_*.py)
foreach(test ${HINM_PYTEST_FILES})
  add_test(NAME ${test}
           COMMAND ${HINM_PYTHON} -m pytest -q -rs -p no:cacheprovider
                   --hinm-build=${PROJECT_BINARY_DIR}
                   --hinm-cuda-path=${HINM_CUDA_PATH}
                   ${CMAKE_CURRENT_SOURCE_DIR}/${test})
  set_tests_properties(${test} PROPERTIES LABELS python TIMEOUT 1200)
endforeach()

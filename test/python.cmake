# Each file of pytest is a test of ctest. The files share one folder of compiled
# artifacts, which an interrupted or older run may have left: conftest.py.
file(GLOB HINM_PYTEST_FILES CONFIGURE_DEPENDS
     RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} python/test_*.py)
foreach(test ${HINM_PYTEST_FILES})
  get_filename_component(name ${test} NAME_WE)
  add_test(NAME ${test}
           COMMAND ${HINM_PYTHON} -m pytest -q -rs -p no:cacheprovider
                   --hinm-build=${PROJECT_BINARY_DIR}
                   ${CMAKE_CURRENT_SOURCE_DIR}/${test})
  set_tests_properties(${test} PROPERTIES LABELS python TIMEOUT 1200)
  if(HINM_CUDA_PATH AND NOT DEFINED ENV{HINM_CUDA_PATH})
    set_property(TEST ${test} APPEND PROPERTY
                 ENVIRONMENT_MODIFICATION
                 "HINM_CUDA_PATH=set:${HINM_CUDA_PATH}")
  endif()
endforeach()

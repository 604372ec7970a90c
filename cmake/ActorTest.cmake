# SPDX-License-Identifier: BSD-2-Clause
#
#   actor_unit_test(NAME n SOURCES ... [PROTOS ...] [NO_VALGRIND])
#
# A Criterion program (target `n`) that sees the runtime's insides; test `unit.n`, and `valgrind.n`, which runs it under Valgrind.
# NO_VALGRIND: for what Valgrind lacks (pidfd).
#
#   actor_tree_test(NAME n SOURCES ... [PROTOS ...] [ARGUMENTS ...])
#
# A program (target `n`) of the public API that spawns a real tree and exits with 0 when all was well; test `tree.n`.

find_library(ACTOR_CRITERION criterion)
find_program(ACTOR_VALGRIND valgrind)
mark_as_advanced(ACTOR_CRITERION ACTOR_VALGRIND)
if(NOT ACTOR_CRITERION)
  message(FATAL_ERROR "Criterion is missing: on Debian, apt-get install libcriterion-dev, or configure with -D ACTOR_TESTS=OFF")
endif()

function(actor_test_program target)
  cmake_parse_arguments(PARSE_ARGV 1 TEST "" "" "SOURCES;PROTOS;LIBRARIES")
  add_executable(${target} ${TEST_SOURCES})
  target_link_libraries(${target} PRIVATE actor_warnings ${TEST_LIBRARIES})
  if(TARGET actor_test_support)
    target_link_libraries(${target} PRIVATE actor_test_support)
  endif()
  if(TEST_PROTOS)
    actor_generate(TARGET ${target} PROTOS ${TEST_PROTOS})
  endif()
endfunction()

function(actor_unit_test)
  cmake_parse_arguments(PARSE_ARGV 0 TEST "NO_VALGRIND" "NAME" "SOURCES;PROTOS")
  actor_test_program(${TEST_NAME} SOURCES ${TEST_SOURCES} PROTOS ${TEST_PROTOS} LIBRARIES actor_core ${ACTOR_CRITERION})
  add_test(NAME unit.${TEST_NAME} COMMAND ${TEST_NAME})
  set_tests_properties(unit.${TEST_NAME} PROPERTIES LABELS unit TIMEOUT 60
    ENVIRONMENT LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0)
  if(NOT TEST_NO_VALGRIND)
    actor_valgrind_test(NAME ${TEST_NAME} COMMAND $<TARGET_FILE:${TEST_NAME}>)
  endif()
endfunction()

# Test `valgrind.n`: fails when the command does, or Valgrind finds an error or a leak in it or in a child of it.
function(actor_valgrind_test)
  cmake_parse_arguments(PARSE_ARGV 0 TEST "" "NAME" "COMMAND")
  if(ACTOR_VALGRIND AND NOT ACTOR_SANITIZED)
    add_test(NAME valgrind.${TEST_NAME} COMMAND ${PROJECT_SOURCE_DIR}/tests/under-valgrind ${TEST_COMMAND})
    set_tests_properties(valgrind.${TEST_NAME} PROPERTIES LABELS valgrind TIMEOUT 300
      ENVIRONMENT LD_LIBRARY_PATH=$<TARGET_FILE_DIR:actor_no_git2>)
  endif()
endfunction()

function(actor_tree_test)
  cmake_parse_arguments(PARSE_ARGV 0 TEST "" "NAME" "SOURCES;PROTOS;ARGUMENTS")
  actor_test_program(${TEST_NAME} SOURCES ${TEST_SOURCES} PROTOS ${TEST_PROTOS} LIBRARIES actor)
  add_test(NAME tree.${TEST_NAME} COMMAND ${TEST_NAME} ${TEST_ARGUMENTS})
  set_tests_properties(tree.${TEST_NAME} PROPERTIES LABELS tree TIMEOUT 60)
endfunction()

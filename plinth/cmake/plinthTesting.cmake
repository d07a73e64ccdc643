# For the tests of an application, here and where only the package is installed.

# One program on each engine: plinth.db on SQLite, plinth.db.postgresql and so on. Test suites named
# sqlite and postgresql are about that engine alone. scripts/test reads one line a property.
function(plinth_test_on_engines name program)
  add_test(NAME ${name} COMMAND ${program} --test-suite-exclude=postgresql)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT PLINTH_TEST_ENGINE=sqlite)
  foreach(engine ${ARGN})
    add_test(NAME ${name}.${engine} COMMAND ${program} --test-suite-exclude=sqlite)
    set_tests_properties(${name}.${engine} PROPERTIES ENVIRONMENT PLINTH_TEST_ENGINE=${engine})
  endforeach()
endfunction()

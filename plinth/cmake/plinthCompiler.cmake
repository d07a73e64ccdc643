# Which compilers will do: sets PLINTH_COMPILER_PROBLEM to what is wrong with this one, or to nothing.
# The build of the library asks, and so does find_package(plinth) on behalf of whoever compiles against it.
set(PLINTH_COMPILER_PROBLEM "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  set(PLINTH_COMPILER_PROBLEM
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines; use clang++-19 (Debian 12) or g++ 14 or newer: cmake -DCMAKE_CXX_COMPILER=clang++-19 …")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  set(PLINTH_COMPILER_PROBLEM
    "clang ${CMAKE_CXX_COMPILER_VERSION} is too old; use clang 19 or newer: cmake -DCMAKE_CXX_COMPILER=clang++-19 …")
endif()

# cmake -DCMAKE_CXX_COMPILER_ID=GNU -DCMAKE_CXX_COMPILER_VERSION=13.2.0 -P refused.cmake <root>: what find_package(plinth)
# says to that compiler.
file(GLOB_RECURSE rule ${CMAKE_ARGV5}/*/plinthCompiler.cmake)
include(${rule})
message("${PLINTH_COMPILER_PROBLEM}")

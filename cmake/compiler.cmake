# One place for warnings, sanitizers, the compiler's cache and the linker: of all that is built here, and of nothing
# that only uses the installed library. plinth/cmake/plinthCompiler.cmake says which compilers will do.
set(PLINTH_SANITIZE "" CACHE STRING "Sanitizers to build with: address,undefined or thread")
add_library(plinth_flags INTERFACE)
target_compile_options(plinth_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 14's flow analysis reports the first two inside libstdc++ at -O2; and its -Wshadow, unlike clang's, counts an
  # enumerator or a parameter that has the name of one of our words (unique, title) elsewhere.
  target_compile_options(plinth_flags INTERFACE -Wno-maybe-uninitialized -Wno-dangling-reference -Wno-shadow -Wshadow=local)
endif()
if(PLINTH_UNITY)
  # What one source calls fold may be a local of the next; preset dev, and clang-tidy, look at each alone.
  target_compile_options(plinth_flags INTERFACE -Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # to g++ joined sources are headers, which should have no anonymous namespaces
    target_compile_options(plinth_flags INTERFACE -Wno-subobject-linkage)
  endif()
endif()
if(PLINTH_SANITIZE)
  target_compile_options(plinth_flags INTERFACE -fsanitize=${PLINTH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(plinth_flags INTERFACE -fsanitize=${PLINTH_SANITIZE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND PLINTH_SANITIZE MATCHES "address")
  set(PLINTH_FUZZ ON)
endif()

find_program(PLINTH_CCACHE ccache)
if(PLINTH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PLINTH_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(REGEX MATCH "^[0-9]+" PLINTH_CLANG_MAJOR ${CMAKE_CXX_COMPILER_VERSION})
  find_program(PLINTH_LLD ld.lld-${PLINTH_CLANG_MAJOR})
  if(PLINTH_LLD)
    add_link_options(--ld-path=${PLINTH_LLD})
  endif()
endif()

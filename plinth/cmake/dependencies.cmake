# Debian packages; scripts/bootstrap installs them.
find_package(Boost 1.81 REQUIRED CONFIG)
include(${CMAKE_CURRENT_LIST_DIR}/plinthDependencies.cmake)
if(PLINTH_MISSING)
  message(FATAL_ERROR "not installed, or too old: ${PLINTH_MISSING}; run scripts/bootstrap, or install their development files")
endif()
if(PLINTH_TESTS OR PLINTH_INSTALL)
  find_package(doctest REQUIRED)
endif()

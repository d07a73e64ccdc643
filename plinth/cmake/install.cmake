# cmake --install, and cpack -G DEB: headers, archives and the CMake package. docs/packaging.md
# Debian's place for what is of one architecture, under /usr and under /usr/local alike.
if(CMAKE_LIBRARY_ARCHITECTURE AND EXISTS /etc/debian_version)
  set(CMAKE_INSTALL_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE} CACHE PATH "Where archives are installed")
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
if(PLINTH_SANITIZE)
  message(FATAL_ERROR "PLINTH_INSTALL with PLINTH_SANITIZE=${PLINTH_SANITIZE}: who uses the library would need the same sanitizer; use the preset release")
endif()
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/plinth)

install(DIRECTORY include/plinth DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN *.hpp)
install(DIRECTORY tests/support DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/plinth-testing COMPONENT dev FILES_MATCHING PATTERN *.hpp)
install(TARGETS plinth EXPORT plinthTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(TARGETS plinth_test_support plinth_test_main EXPORT plinthTestingTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(EXPORT plinthTargets NAMESPACE plinth:: DESTINATION ${package_folder} COMPONENT dev)
install(EXPORT plinthTestingTargets NAMESPACE plinth:: DESTINATION ${package_folder} COMPONENT dev)

configure_package_config_file(cmake/plinthConfig.cmake.in plinthConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(plinthConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/plinthConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/plinthConfigVersion.cmake
  cmake/plinthCompiler.cmake
  cmake/plinthDependencies.cmake
  cmake/plinthTesting.cmake
  DESTINATION ${package_folder} COMPONENT dev)

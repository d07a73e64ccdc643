# The Debian package libplinth-dev, made by cpack from what install.cmake installs: scripts/package.
set(PLINTH_PACKAGE_MAINTAINER "plinth contributors <plinth@example.org>" CACHE STRING "Who answers for the Debian package")
set(PLINTH_PACKAGE_RELEASE 1 CACHE STRING "The part of the Debian package's version after ${PROJECT_VERSION}-")

# An archive needs what it was compiled against. ICU, RE2 and hiredis have other symbols in every version, so it must be
# the same one; the others keep what they have.
set(depends libc6-dev "cmake (>= 3.25)" pkgconf "libssl-dev (>= 3)" zlib1g-dev "libsqlite3-dev (>= 3.40)" "libpq-dev (>= 15)"
  libcrypt-dev "libsodium-dev (>= 1.0.13)" "libcurl4-openssl-dev (>= 7.85)")
foreach(name libicu-dev libre2-dev libhiredis-dev)
  execute_process(COMMAND dpkg-query -W -f \${source:Upstream-Version} ${name}
    OUTPUT_VARIABLE version RESULT_VARIABLE status ERROR_QUIET)
  string(REGEX REPLACE "^[0-9]+:|[+~].*$" "" version "${version}")
  if(status EQUAL 0 AND version)
    list(APPEND depends "${name} (>= ${version})" "${name} (<< ${version}.~)")
  else()
    list(APPEND depends ${name})
  endif()
endforeach()
list(JOIN depends ", " depends)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME plinth)
set(CPACK_PACKAGE_CONTACT ${PLINTH_PACKAGE_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_SOURCE_DIR}/build/package)
set(CPACK_COMPONENTS_ALL dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES OFF) # CMake leaves archives alone; the script below strips them
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package_files.cmake)
set(CPACK_PLINTH_STRIP ${CMAKE_STRIP})
set(CPACK_PLINTH_SOURCE ${CMAKE_CURRENT_SOURCE_DIR}/..)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${PLINTH_PACKAGE_RELEASE})
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libplinth-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ${depends})
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "g++ (>= 4:14) | clang-19, doctest-dev")
set(CPACK_COMPONENT_DEV_DESCRIPTION
"conventional FastAPI architecture in C++ (development files)
Typed handlers and dependencies, validation, OpenAPI, an HTTP server, queries
and migrations on PostgreSQL and SQLite, Celery's tasks, tokens, metrics: what
FastAPI and its companions are to Python.

This package has the headers, the static library, what the tests of an
application use, and the CMake package: find_package(plinth).")
include(CPack)

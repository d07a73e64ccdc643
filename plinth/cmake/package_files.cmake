# Run by cpack before it makes the package: what Debian wants beside the installed files, archives without debugging
# information, and times that are those of the source, so that the same source gives the same package.
set(epoch $ENV{SOURCE_DATE_EPOCH})
if(epoch STREQUAL "")
  string(TIMESTAMP epoch %s UTC)
endif()
file(GLOB root ${CPACK_TEMPORARY_DIRECTORY}/dev)
set(doc ${root}/usr/share/doc/libplinth-dev)
file(MAKE_DIRECTORY ${doc})

file(COPY ${CPACK_PLINTH_SOURCE}/plinth/cmake/copyright DESTINATION ${doc}
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
execute_process(COMMAND env LC_ALL=C date -u -R -d @${epoch} OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
file(WRITE ${doc}/changelog.Debian
  "plinth (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium\n\n"
  "  * Built from the source tree; what changed: changelog.gz.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
file(COPY_FILE ${CPACK_PLINTH_SOURCE}/CHANGELOG.md ${doc}/changelog)
execute_process(COMMAND gzip -9nf ${doc}/changelog ${doc}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)

file(GLOB_RECURSE archives ${root}/usr/lib/*.a)
execute_process(
  COMMAND ${CPACK_PLINTH_STRIP} --strip-debug --enable-deterministic-archives ${archives}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${root} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND find ${root} -exec touch -h -d @${epoch} {} + COMMAND_ERROR_IS_FATAL ANY)

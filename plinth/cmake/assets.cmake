# Swagger UI and ReDoc for /docs and /redoc: gzipped into the build tree, built into docs_assets/assets.cpp.
option(PLINTH_DOCS_ASSETS "Build the documentation pages' assets into the binary" ON)

set(PLINTH_ASSETS
  swagger-ui-dist/swagger-ui.css
  swagger-ui-dist/swagger-ui-bundle.js
  swagger-ui-dist/favicon-32x32.png
  redoc/bundles/redoc.standalone.js)

# Called by plinth/CMakeLists.txt, whose library compiles src/docs_assets/assets.cpp.
function(plinth_embed_docs_assets)
  if(NOT PLINTH_DOCS_ASSETS)
    return()
  endif()
  set(folder ${CMAKE_BINARY_DIR}/docs_assets)
  file(MAKE_DIRECTORY ${folder})
  foreach(asset ${PLINTH_ASSETS})
    set(input ${PROJECT_SOURCE_DIR}/node_modules/${asset})
    if(NOT EXISTS ${input})
      message(FATAL_ERROR
        "node_modules/${asset} is missing; run scripts/bootstrap, or configure with -DPLINTH_DOCS_ASSETS=OFF to build without /docs and /redoc")
    endif()
    cmake_path(GET asset FILENAME name)
    # ReDoc shows a logo from its makers' server; the address of nothing makes it show none.
    add_custom_command(
      OUTPUT ${folder}/${name}.gz
      COMMAND env LC_ALL=C sed "s#https://cdn.redoc.ly/redoc/logo-mini.svg#data:,#" ${input}
              | gzip -9 -n > ${folder}/${name}.gz
      DEPENDS ${input}
      VERBATIM)
    list(APPEND outputs ${folder}/${name}.gz)
  endforeach()
  set_source_files_properties(src/docs_assets/assets.cpp PROPERTIES
    COMPILE_DEFINITIONS "PLINTH_ASSETS_DIR=\"${folder}\""
    OBJECT_DEPENDS "${outputs}")
endfunction()

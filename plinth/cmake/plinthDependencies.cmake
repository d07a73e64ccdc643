# The libraries that libplinth.a calls, found alike by its own build and by find_package(plinth): targets OpenSSL::SSL,
# OpenSSL::Crypto, ZLIB::ZLIB, Threads::Threads and those of PLINTH_PKG_CONFIG_TARGETS. What is not there is named in
# PLINTH_MISSING.
set(PLINTH_MISSING "")
set(PLINTH_PKG_CONFIG_TARGETS "")
foreach(package "Threads" "OpenSSL 3" "ZLIB" "PkgConfig")
  separate_arguments(words UNIX_COMMAND "${package}")
  find_package(${words} QUIET)
  list(GET words 0 name)
  if(NOT ${name}_FOUND)
    list(APPEND PLINTH_MISSING "${package}")
  endif()
endforeach()

# A name of ours, and the modules it stands for: PkgConfig::PLINTH_PQ is libpq.
foreach(line
    "SQLITE sqlite3>=3.40" "PQ libpq" "HIREDIS hiredis" "XCRYPT libcrypt" "SODIUM libsodium>=1.0.13"
    "CURL libcurl>=7.85" "ICU icu-uc icu-i18n" "RE2 re2")
  separate_arguments(words UNIX_COMMAND "${line}")
  list(POP_FRONT words name)
  if(PkgConfig_FOUND)
    pkg_check_modules(PLINTH_${name} QUIET IMPORTED_TARGET ${words})
  endif()
  if(PLINTH_${name}_FOUND)
    list(APPEND PLINTH_PKG_CONFIG_TARGETS PkgConfig::PLINTH_${name})
  else()
    list(APPEND PLINTH_MISSING ${words})
  endif()
endforeach()
list(JOIN PLINTH_MISSING ", " PLINTH_MISSING)

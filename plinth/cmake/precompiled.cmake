# Nine tenths of what a compiler reads of a source are headers, the same in most: parsed once, they halve the time of an
# optimised build. Not in builds for development, where a source must include what it uses.
option(PLINTH_PRECOMPILED_HEADERS "Parse the headers of the library once" OFF)
if(PLINTH_PRECOMPILED_HEADERS)
  target_precompile_headers(plinth PRIVATE
    <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <cstring> <deque> <exception> <functional> <limits>
    <map> <memory> <mutex> <optional> <set> <span> <stdexcept> <string> <string_view> <thread> <unordered_map> <utility>
    <vector>
    <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>
    <plinth/app.hpp> <plinth/datetime.hpp> <plinth/session.hpp> <plinth/tasks.hpp>)
  set_source_files_properties(src/docs_assets/assets.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  # ccache keeps such objects when neither the time nor macros of other headers are in them.
  target_compile_options(plinth PRIVATE "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  if(PLINTH_CCACHE)
    set_target_properties(plinth PROPERTIES
      CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${PLINTH_CCACHE}")
  endif()
endif()

#include "docs_assets/assets.hpp"

#include <algorithm>

// plinth/cmake/assets.cmake names the folder with the gzipped files in PLINTH_ASSETS_DIR and
// rebuilds this file when they change. `.incbin` costs the compiler nothing; an array of 800,000
// numbers costs five seconds and 200 MB.
#ifdef PLINTH_ASSETS_DIR

// clang-format off
#define PLINTH_EMBED(symbol, file)                          \
  asm(".pushsection .rodata\n"                              \
      ".globl " #symbol "_begin, " #symbol "_end\n"         \
      ".hidden " #symbol "_begin, " #symbol "_end\n"        \
      #symbol "_begin: .incbin \"" PLINTH_ASSETS_DIR "/" file "\"\n" \
      #symbol "_end:\n"                                     \
      ".popsection\n");                                     \
  extern "C" const char symbol##_begin[], symbol##_end[]
// clang-format on

PLINTH_EMBED(plinth_swagger_css, "swagger-ui.css.gz");
PLINTH_EMBED(plinth_swagger_js, "swagger-ui-bundle.js.gz");
PLINTH_EMBED(plinth_swagger_icon, "favicon-32x32.png.gz");
PLINTH_EMBED(plinth_redoc_js, "redoc.standalone.js.gz");

#endif

namespace plinth::docs_assets {

std::span<const Asset> assets() {
#ifdef PLINTH_ASSETS_DIR
  static const Asset all[] = {
      {"swagger-ui.css",
       "text/css; charset=utf-8",
       {plinth_swagger_css_begin, plinth_swagger_css_end}},
      {"swagger-ui-bundle.js",
       "text/javascript; charset=utf-8",
       {plinth_swagger_js_begin, plinth_swagger_js_end}},
      {"favicon-32x32.png", "image/png", {plinth_swagger_icon_begin, plinth_swagger_icon_end}},
      {"redoc.standalone.js",
       "text/javascript; charset=utf-8",
       {plinth_redoc_js_begin, plinth_redoc_js_end}},
  };
  return all;
#else
  return {};
#endif
}

const Asset* find_asset(std::string_view name) {
  auto all = assets();
  auto found = std::ranges::find(all, name, &Asset::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace plinth::docs_assets

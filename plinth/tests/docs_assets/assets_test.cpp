#include "docs_assets/assets.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

using namespace plinth::docs_assets;

namespace {

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);  // 16: expect a gzip header
  std::string out(4 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  CHECK(stream.avail_in == 0);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("every asset is a whole gzip file" * doctest::skip(assets().empty())) {
  CHECK(assets().size() == 4);
  for (const auto& asset : assets()) {
    CAPTURE(asset.name);
    CHECK_FALSE(gunzip(asset.gzip_bytes).empty());
  }
}

TEST_CASE("assets hold what their names say" * doctest::skip(assets().empty())) {
  CHECK(gunzip(find_asset("swagger-ui.css")->gzip_bytes).find(".swagger-ui") != std::string::npos);
  CHECK(gunzip(find_asset("swagger-ui-bundle.js")->gzip_bytes).find("SwaggerUIBundle") !=
        std::string::npos);
  CHECK(gunzip(find_asset("redoc.standalone.js")->gzip_bytes).find("Redoc") != std::string::npos);
  CHECK(gunzip(find_asset("favicon-32x32.png")->gzip_bytes).starts_with("\x89PNG\r\n"));
}

TEST_CASE("an asset that does not exist is not found") {
  CHECK(find_asset("swagger-ui.js") == nullptr);
  CHECK(find_asset("") == nullptr);
}

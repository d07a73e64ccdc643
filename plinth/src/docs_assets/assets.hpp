// The files behind /docs and /redoc (Swagger UI, ReDoc), gzipped at build time and held in the
// binary.
#pragma once

#include <span>
#include <string_view>

namespace plinth::docs_assets {

/// One file as it goes over the wire.
///
/// gzip_bytes  RFC 1952, sent as they are with `Content-Encoding: gzip`; they live as long as the
/// program
struct Asset {
  std::string_view name;        // "swagger-ui-bundle.js": the last part of its URL
  std::string_view media_type;  // with its charset: Swagger UI's script does not parse without one
  std::string_view gzip_bytes;
};

/// Every asset; empty when built with -DPLINTH_DOCS_ASSETS=OFF (no npm registry within reach).
std::span<const Asset> assets();

/// The asset of that name, or nullptr.
const Asset* find_asset(std::string_view name);

}  // namespace plinth::docs_assets

#include "http1/cases.hpp"

#include <zlib.h>

#include <fstream>
#include <stdexcept>
#include <string_view>

#include "plinth/json.hpp"

namespace http1 {
namespace {

using plinth::Json;

std::string base64_decode(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == alphabet.npos) break;  // padding
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

std::string inflate(std::string_view packed) {
  std::string out(std::size_t{8} << 20, '\0');
  auto size = static_cast<uLongf>(out.size());
  const auto* source = reinterpret_cast<const Bytef*>(packed.data());
  if (::uncompress(reinterpret_cast<Bytef*>(out.data()), &size, source, packed.size()) != Z_OK) {
    throw std::runtime_error("a case does not inflate");
  }
  out.resize(size);
  return out;
}

bool flag(const Json& options, std::string_view name) {
  const auto* value = options.find(name);
  return value && value->boolean();
}

Case read_case(const Json& line) {
  const auto& options = line["opts"];
  Case one{
      .id = line["id"].str(), .description = line["desc"].str(), .expect = line["expect"].str()};
  one.raw = line.contains("raw_b64") ? base64_decode(line["raw_b64"].str())
                                     : inflate(base64_decode(line["raw_zlib_b64"].str()));
  one.no_canary = flag(options, "nocan");
  one.half_close = flag(options, "fin");
  one.to_head = flag(options, "head");
  one.smuggled_ok = flag(options, "smug_ok");
  one.junk_ok = flag(options, "h2ok");
  one.no_100 = flag(options, "no100");
  one.no_101 = flag(options, "no101");
  one.no_2xx = flag(options, "no2xx");
  if (const auto* n = options.find("n")) one.requests = static_cast<std::size_t>(n->integer());
  if (const auto* size = options.find("blen")) {
    one.body_size = static_cast<std::size_t>(size->integer());
  }
  return one;
}

}  // namespace

std::vector<Case> load_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) cases.push_back(read_case(Json::parse(line)));
  return cases;
}

}  // namespace http1

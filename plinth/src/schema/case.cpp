#include "schema/case.hpp"

#include <unicode/ucasemap.h>

#include <cstdint>
#include <memory>
#include <new>

namespace plinth::schema {

namespace {

struct Close {
  void operator()(UCaseMap* map) const { ucasemap_close(map); }
};

using Convert = std::int32_t (*)(const UCaseMap*, char*, std::int32_t, const char*, std::int32_t,
                                 UErrorCode*);

std::string converted(std::string_view text, Convert convert) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<UCaseMap, Close> map(ucasemap_open("", 0, &status));
  if (map == nullptr) throw std::bad_alloc();
  std::string out(text.size() + 8, '\0');
  for (;;) {
    status = U_ZERO_ERROR;
    std::int32_t size = convert(map.get(), out.data(), static_cast<std::int32_t>(out.size()),
                                text.data(), static_cast<std::int32_t>(text.size()), &status);
    bool fits = static_cast<std::size_t>(size) <= out.size();
    out.resize(static_cast<std::size_t>(size));
    if (fits) return out;
  }
}

}  // namespace

std::string to_lower(std::string_view utf8) { return converted(utf8, ucasemap_utf8ToLower); }
std::string to_upper(std::string_view utf8) { return converted(utf8, ucasemap_utf8ToUpper); }

}  // namespace plinth::schema

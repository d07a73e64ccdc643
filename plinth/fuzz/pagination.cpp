// Cursors and Link references of any text. What is read as a cursor is written so again; a
// reference has no character that ends it, and says what the request said.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/query.hpp"
#include "json/utf8.hpp"
#include "pagination/cursor.hpp"
#include "pagination/links.hpp"

using namespace plinth;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

http::Pairs others(const http::Pairs& pairs) {
  http::Pairs kept;
  for (const auto& pair : pairs) {
    const auto& name = pair.first;
    if (name != "limit" && name != "offset" && name != "cursor") kept.push_back(pair);
  }
  return kept;
}

void check_reference(std::string_view query) {
  const pagination::Parameter parameters[] = {{"limit", "2"}, {"cursor", "a&b=c>"}};
  const auto reference = pagination::page_reference(query, parameters);
  expect(reference.starts_with('?'));
  for (const char c : reference) {
    expect(c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' && c != ',' && c != ';');
  }
  // The server lets none but ASCII in; what is not even UTF-8 has no one meaning.
  if (!json::is_utf8(query)) return;
  auto expected = others(http::parse_query(query));
  expected.emplace_back("limit", "2");
  expected.emplace_back("cursor", "a&b=c>");
  expect(http::parse_query(std::string_view(reference).substr(1)) == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_reference(text);
  if (auto cursor = pagination::decode_cursor(text, "key")) {
    expect(pagination::encode_cursor(*cursor, "key") == text);
  }
  // Values are JSON texts, so they are UTF-8.
  const pagination::Cursor cursor{.from = pagination::Cursor::From::before,
                                  .order = "id",
                                  .values = {http::percent_encode(text, " \"")}};
  const auto made = pagination::encode_cursor(cursor, "key");
  const auto read = pagination::decode_cursor(made, "key");
  expect(!pagination::decode_cursor(made, "other"));
  expect(read && read->order == cursor.order && read->from == cursor.from &&
         read->values == cursor.values);
  return 0;
}

// JSON of any bytes. What is read must be written, read again and written the same; what is refused
// must be refused at a place inside of the text.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "json/node.hpp"
#include "json/utf8.hpp"
#include "json/writer.hpp"

using namespace plinth;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

std::string written(const json::Node& node) {
  std::string out;
  json::Writer(out, json::Floats::python, json::NonFinite::text).value(node);
  return out;
}

void check_nodes(const json::Node& node) {
  if (node.is_string() && !node.has_surrogate()) expect(json::is_utf8(node.string()));
  if (node.is_array()) {
    for (const auto& item : node.items()) check_nodes(item);
  }
  if (node.is_object()) {
    for (const auto& member : node.members()) {
      expect(node.find(member.key.string()) == &member.value);
      check_nodes(member.key);
      check_nodes(member.value);
    }
  }
}

void check_value(const json::Document& document) {
  check_nodes(document.root());
  const auto text = written(document.root());
  expect(json::is_utf8(text));

  json::Document again;
  json::Error error;
  expect(again.parse(text, error));
  expect(written(again.root()) == text);

  const auto value = json::to_json(document.root());
  expect(value.dump() == text);
  expect(Json::parse(value.pretty()).dump() == text);
  json::Document made;
  expect(written(made.make(value)) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A block of its own, without a byte to spare, so that reading past the end is noticed.
  auto exact = std::make_unique<char[]>(size);
  for (std::size_t i = 0; i < size; ++i) exact[i] = static_cast<char>(data[i]);

  json::Document document;
  json::Error error;
  if (document.parse({exact.get(), size}, error)) {
    check_value(document);
  } else {
    expect(!error.message.empty());
    expect(error.position <= size);
    expect(document.root().is_null());
  }

  std::string quoted;
  json::append_quoted(quoted, {exact.get(), size});
  expect(json::is_utf8(quoted));
  expect(document.parse(quoted, error));
  if (json::is_utf8({exact.get(), size})) {
    expect(document.root().string() == std::string_view(exact.get(), size));
  }
  return 0;
}

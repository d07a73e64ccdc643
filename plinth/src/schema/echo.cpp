// The echo of an input in an error, without its secrets.
#include <algorithm>
#include <array>

#include "base/secret_names.hpp"
#include "json/writer.hpp"
#include "schema/errors.hpp"

namespace plinth::schema {

using detail::Kind;
using detail::Type;

namespace {

constexpr std::string_view hidden_value = "\"**********\"";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool contains_any_case(std::string_view text, std::string_view part) {
  auto found = std::search(text.begin(), text.end(), part.begin(), part.end(),
                           [](char a, char b) { return lower(a) == lower(b); });
  return found != text.end();
}

// The struct that an object is read as: through optionals; null when there is none or several.
const Type* struct_of(const Type* type) {
  while (type != nullptr && type->kind == Kind::optional) type = &type->element();
  return type != nullptr && type->kind == Kind::object ? type : nullptr;
}

const Type* element_of(const Type* type) {
  while (type != nullptr && type->kind == Kind::optional) type = &type->element();
  if (type == nullptr) return nullptr;
  bool has_items = type->kind == Kind::list || type->kind == Kind::set || type->kind == Kind::map;
  return has_items ? &type->element() : nullptr;
}

bool variant_hides(const Type* type, std::string_view key);

const detail::Member* member_of(const Type* type, std::string_view key) {
  const Type* object = struct_of(type);
  if (object == nullptr) return nullptr;
  for (const auto& member : object->members) {
    if (member.wire == key) return &member;
  }
  return nullptr;
}

bool hides(const Type* type, std::string_view key) {
  if (base::is_secret_name(key)) return true;
  if (const auto* member = member_of(type, key)) return member->secret;
  return variant_hides(type, key);
}

bool variant_hides(const Type* type, std::string_view key) {
  while (type != nullptr && type->kind == Kind::optional) type = &type->element();
  if (type == nullptr || type->kind != Kind::variant) return false;
  return std::any_of(type->alternatives.begin(), type->alternatives.end(),
                     [&](auto alternative) { return hides(&alternative(), key); });
}

// Text that names a secret of the struct that was asked for is likely that struct in another
// encoding: a form sent to a JSON endpoint, JSON sent as text/plain.
bool is_encoded_secret(const json::Node& input, const Type* as) {
  const Type* object = struct_of(as);
  return object != nullptr && input.is_string() &&
         std::any_of(object->members.begin(), object->members.end(), [&](const auto& member) {
           return member.secret && contains_any_case(input.string(), member.wire);
         });
}

void echo(const json::Node& input, const Type* as, json::Writer& writer) {
  if (input.is_array()) {
    writer.begin_array();
    for (const auto& item : input.items()) echo(item, element_of(as), writer);
    writer.end_array();
  } else if (input.is_object()) {
    writer.begin_object();
    for (const auto& [key, value] : input.members()) {
      writer.key(key.string());
      if (!value.is_null() && hides(as, key.string())) {
        writer.raw(hidden_value);
      } else {
        const auto* member = member_of(as, key.string());
        echo(value, member != nullptr ? member->resolved : element_of(as), writer);
      }
    }
    writer.end_object();
  } else {
    writer.value(input);
  }
}

}  // namespace

void write_echo(const json::Node& input, const Type* as, std::string& out) {
  if (is_encoded_secret(input, as)) {
    out += hidden_value;
    return;
  }
  json::Writer writer(out);
  echo(input, as, writer);
}

}  // namespace plinth::schema

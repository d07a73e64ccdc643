#include "settings/report.hpp"

#include <algorithm>

#include "base/secret_names.hpp"
#include "json/node.hpp"
#include "plinth/settings.hpp"
#include "schema/python_text.hpp"
#include "settings/sources.hpp"

namespace plinth {

namespace {

using base::stars;

// The password of scheme://user:password@host. It may hold any character, so the last '@' counts.
void hide_url_password(std::string& text) {
  auto scheme = text.find("://");
  auto at = text.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme) return;
  auto colon = text.find(':', scheme + 3);
  if (colon < at) text.replace(colon + 1, at - colon - 1, stars);
}

// password=… of a query string or of libpq's connection strings.
void hide_password_parameters(std::string& text) {
  constexpr std::string_view name = "password=";
  auto lowered = settings::to_lower(text);
  for (auto found = lowered.rfind(name); found != std::string::npos;
       found = found == 0 ? std::string::npos : lowered.rfind(name, found - 1)) {
    auto start = found + name.size();
    auto end = std::min(text.find_first_of("& \t", start), text.size());
    text.replace(start, end - start, stars);
  }
}

}  // namespace

namespace detail {

std::string shown_setting(std::string_view name, std::string_view value) {
  if (base::is_secret_name(name)) return std::string(stars);
  std::string shown(value);
  hide_url_password(shown);
  hide_password_parameters(shown);
  return shown;
}

}  // namespace detail

namespace settings {

namespace {

// pydantic shows 50 characters at most.
std::string shortened(std::string text) {
  constexpr std::size_t shown_max = 50;
  if (text.size() <= shown_max) return text;
  auto keep = [&](std::size_t at) {
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    return at;
  };
  auto head = keep(shown_max / 2);
  auto tail = keep(text.size() - shown_max / 2 + 1);
  return text.substr(0, head) + "..." + text.substr(tail);
}

std::string_view python_type(const json::Node& node) {
  switch (node.kind()) {
    case Json::Kind::null:
      return "NoneType";
    case Json::Kind::boolean:
      return "bool";
    case Json::Kind::integer:
    case Json::Kind::big_integer:
      return "int";
    case Json::Kind::number:
      return "float";
    case Json::Kind::string:
      return "str";
    case Json::Kind::array:
      return "list";
    case Json::Kind::object:
      return "dict";
  }
  return "";
}

}  // namespace

void Report::add(std::string_view name, std::string_view message, std::string_view type,
                 std::string_view value, bool secret) {
  auto shown = secret ? std::string(stars) : detail::shown_setting(name, value);
  line(name, message,
       "[type=" + std::string(type) + ", input_value=" + shortened(schema::python_repr(shown)) +
           ", input_type=str]");
}

void Report::add(std::string_view name, std::string_view message, std::string_view type) {
  line(name, message, "[type=" + std::string(type) + "]");
}

void Report::add_inner(std::string_view path, const schema::Error& error) {
  json::Document document;
  json::Error ignored;
  if (error.type == "missing" || !document.parse(error.input, ignored)) {
    add(path, error.message, error.type);
    return;
  }
  const auto& input = document.root();
  auto shown = input.is_string() ? schema::python_repr(input.string()) : schema::python_str(input);
  line(path, error.message,
       "[type=" + error.type + ", input_value=" + shortened(std::move(shown)) +
           ", input_type=" + std::string(python_type(input)) + "]");
}

void Report::line(std::string_view name, std::string_view message, std::string_view details) {
  ++count_;
  if (!name.empty()) lines_.append("\n").append(name);
  lines_.append("\n  ").append(message).append(" ").append(details);
}

std::string Report::text() const {
  return std::to_string(count_) + " validation error" + (count_ == 1 ? "" : "s") + " for " +
         std::string(settings_name_) + lines_;
}

}  // namespace settings
}  // namespace plinth

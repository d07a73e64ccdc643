// Headers and Response.
#include <algorithm>

#include "http/characters.hpp"
#include "http/query.hpp"
#include "plinth/http.hpp"

namespace plinth {
namespace {

bool lists(std::string_view values, std::string_view wanted) {
  while (!values.empty()) {
    const auto end = std::min(values.find(','), values.size());
    auto one = values.substr(0, end);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one == "*" || std::ranges::equal(one, wanted, {}, http::lower, http::lower)) return true;
    values.remove_prefix(std::min(end + 1, values.size()));
  }
  return false;
}

Response with_body(std::string body, int status, std::string_view media_type) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.media_type = media_type;
  return response;
}

}  // namespace

std::optional<std::string_view> Headers::get(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &Field::first);
  if (found == fields_.end()) return std::nullopt;
  return found->second;
}

void Headers::append(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

void Headers::set(std::string_view name, std::string_view value) {
  const auto first = std::ranges::find(fields_, name, &Field::first);
  if (first == fields_.end()) {
    append(name, value);
    return;
  }
  first->second = value;
  const auto rest = std::remove_if(first + 1, fields_.end(),
                                   [&](const Field& field) { return field.first == name; });
  fields_.erase(rest, fields_.end());
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return field.first == name; });
}

void Headers::add_vary(std::string_view name) {
  const auto vary = std::ranges::find(fields_, "vary", &Field::first);
  if (vary == fields_.end()) {
    append("vary", name);
  } else if (!lists(vary->second, name)) {
    (vary->second += ", ") += name;
  }
}

Response Response::json(const Json& value, int status) {
  return with_body(value.dump(), status, "application/json");
}

Response Response::text(std::string body, int status) {
  return with_body(std::move(body), status, "text/plain; charset=utf-8");
}

Response Response::html(std::string body, int status) {
  return with_body(std::move(body), status, "text/html; charset=utf-8");
}

// Source: Starlette's RedirectResponse.
Response Response::redirect(std::string_view location, int status) {
  auto response = with_body({}, status, {});
  response.headers.append("location", http::percent_encode(location, ":/%#?=@[]!$&'()*+,;"));
  return response;
}

}  // namespace plinth

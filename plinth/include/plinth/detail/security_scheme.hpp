// The table of a security scheme: what routing and OpenAPI know of a parameter such as
// OAuth2PasswordBearer.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plinth/detail/rules.hpp"

namespace plinth {
struct Request;
}

namespace plinth::detail {

struct SecurityScheme {
  std::string_view name;       // its key under components.securitySchemes: "OAuth2PasswordBearer"
  std::string_view challenge;  // WWW-Authenticate of the 401 {"detail":"Not authenticated"}
  std::string (*openapi_json)();  // its entry under that key, as compact JSON
  // Fills a blank value from the request; false when no usable credentials were sent (then the
  // answer is the 401, or an empty optional for a std::optional<Scheme> parameter).
  bool (*read)(const Request& request, void* value);
  std::size_t size;
  std::size_t align;
  void (*make_blank)(void*);  // constructs at raw memory a value to be read into
  void (*destroy)(void*);
};

struct CredentialBase {};

// The value of a scheme: what the client sent. `*token`, `token->`.
template <class Value>
class Credential : public CredentialBase {
 public:
  using value_type = Value;

  const Value& operator*() const { return value_; }
  Value& operator*() { return value_; }
  const Value* operator->() const { return &value_; }

 private:
  Value value_;
};

/// A parameter type with a row in the table of schemes.
template <class T>
concept SecurityParameter = std::derived_from<T, CredentialBase>;

struct ScopeText {
  std::string_view name;
  std::string_view description;
};

// What the angle brackets of a scheme may say beside its first text.
struct SchemeText {
  std::string_view scheme_name;  // "": the class's own name
  std::string_view description;
  std::string_view refresh_url;
  std::string_view realm;
  std::string_view bearer_format;
  std::span<const ScopeText> scopes;
};

template <class Option>
inline constexpr std::size_t scope_count = 0;

template <auto... Options>
struct SchemeOptions {
  static constexpr auto scopes = [] {
    std::array<ScopeText, (scope_count<std::remove_cvref_t<decltype(Options)>> + ... + 0)> rows{};
    std::size_t next = 0;
    [[maybe_unused]] auto add = [&](const auto& option) {
      if constexpr (scope_count<std::remove_cvref_t<decltype(option)>> == 1) {
        rows[next++] = {option.name.view(), option.text.view()};
      }
    };
    (add(Options), ...);
    return rows;
  }();
  static constexpr SchemeText text = [] {
    SchemeText folded;
    (apply_option(folded, Options), ...);
    folded.scopes = scopes;
    return folded;
  }();
};

template <std::size_t N>
constexpr void apply_option(SchemeText& text, const description<N>& option) {
  text.description = option.text.view();
}
template <class Option>
  requires requires(const Option& option, SchemeText& text) { option.describe(text); }
constexpr void apply_option(SchemeText& text, const Option& option) {
  option.describe(text);
}

// Scheme says: static constexpr std::string_view own_name, SchemeText text, challenge; static
// std::string openapi_json(); static bool read(const Request&, value_type&).
template <SecurityParameter Scheme>
inline constexpr SecurityScheme security_scheme_of{
    .name = Scheme::text.scheme_name.empty() ? Scheme::own_name : Scheme::text.scheme_name,
    .challenge = Scheme::challenge,
    .openapi_json = &Scheme::openapi_json,
    .read = [](const Request& request,
               void* value) { return Scheme::read(request, **static_cast<Scheme*>(value)); },
    .size = sizeof(Scheme),
    .align = alignof(Scheme),
    .make_blank = [](void* place) { std::construct_at(static_cast<Scheme*>(place)); },
    .destroy = [](void* value) { std::destroy_at(static_cast<Scheme*>(value)); },
};

}  // namespace plinth::detail

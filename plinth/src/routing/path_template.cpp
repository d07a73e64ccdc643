#include "routing/path_template.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace plinth::routing {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::optional<Convertor> find_convertor(std::string_view name) {
  if (name == "str") return Convertor::text;
  if (name == "path") return Convertor::path;
  if (name == "int") return Convertor::integer;
  if (name == "float") return Convertor::number;
  if (name == "uuid") return Convertor::uuid;
  return std::nullopt;
}

// Length of a UUID at the start of `text`; 0 when there is none.
std::size_t uuid_length(std::string_view text) {
  static constexpr std::size_t groups[] = {8, 4, 4, 4, 12};
  std::size_t at = 0;
  for (std::size_t group = 0; group < 5; ++group) {
    if (group > 0 && at < text.size() && text[at] == '-') ++at;
    for (std::size_t i = 0; i < groups[group]; ++i, ++at) {
      if (at >= text.size() || !is_hex(text[at])) return 0;
    }
  }
  return at;
}

// The most that a parameter can take, in bytes.
std::size_t longest(Convertor convertor, std::string_view text) {
  auto count = [&](auto&& fits) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, fits) - text.begin());
  };
  switch (convertor) {
    case Convertor::path:
      return text.size();
    case Convertor::text:
      return std::min(text.find('/'), text.size());
    case Convertor::integer:
      return count(is_digit);
    case Convertor::number: {
      auto whole = count(is_digit);
      auto rest = text.substr(whole);
      if (whole == 0 || rest.size() < 2 || rest[0] != '.' || !is_digit(rest[1])) return whole;
      auto digits = std::ranges::find_if_not(rest.substr(1), is_digit) - rest.begin();
      return whole + static_cast<std::size_t>(digits);
    }
    case Convertor::uuid:
      return uuid_length(text);
  }
  return 0;
}

// Whether it may take that much less than the most.
bool may_take(Convertor convertor, std::string_view text) {
  switch (convertor) {
    case Convertor::path:
      return true;
    case Convertor::text:
    case Convertor::integer:
      return !text.empty();
    case Convertor::number:
      return !text.empty() && text.back() != '.';
    case Convertor::uuid:
      return uuid_length(text) == text.size() && !text.empty();
  }
  return false;
}

std::invalid_argument wrong(std::string_view path, std::string_view problem) {
  return std::invalid_argument("route \"" + std::string(path) + "\": " + std::string(problem));
}

Piece parse_parameter(std::string_view path, std::string_view inside) {
  auto colon = inside.find(':');
  auto name = inside.substr(0, colon);
  auto convertor = colon == std::string_view::npos ? std::optional(Convertor::text)
                                                   : find_convertor(inside.substr(colon + 1));
  if (name.empty() || is_digit(name[0]) || !std::ranges::all_of(name, is_word)) {
    throw wrong(path, "a parameter is {name} or {name:convertor}");
  }
  if (!convertor) throw wrong(path, "a convertor is one of str, path, int, float, uuid");
  return {.is_parameter = true, .convertor = *convertor, .text = std::string(name)};
}

}  // namespace

PathTemplate::PathTemplate(std::string_view path) {
  std::size_t at = 0;
  while (at < path.size()) {
    auto open = path.find('{', at);
    if (open != at) {
      auto literal = path.substr(at, open == std::string_view::npos ? open : open - at);
      if (literal.find('}') != std::string_view::npos) throw wrong(path, "'}' without '{'");
      pieces_.push_back({.text = std::string(literal)});
      at += literal.size();
      continue;
    }
    auto close = path.find('}', open);
    if (close == std::string_view::npos) throw wrong(path, "'{' without '}'");
    auto piece = parse_parameter(path, path.substr(open + 1, close - open - 1));
    if (has_parameter(piece.text)) throw wrong(path, "the parameter " + piece.text + " twice");
    pieces_.push_back(std::move(piece));
    at = close + 1;
  }
}

bool PathTemplate::is_static() const { return std::ranges::none_of(pieces_, &Piece::is_parameter); }

bool PathTemplate::has_parameter(std::string_view name) const {
  return std::ranges::any_of(
      pieces_, [&](const Piece& piece) { return piece.is_parameter && piece.text == name; });
}

bool PathTemplate::match(std::string_view path, std::vector<Capture>& captures) const {
  captures.clear();
  return match_pieces(pieces_, 0, path, &captures);
}
bool PathTemplate::match(std::string_view path) const {
  return match_pieces(pieces_, 0, path, nullptr);
}

bool match_pieces(const std::vector<Piece>& pieces, std::size_t first, std::string_view text,
                  std::vector<Capture>* captures) {
  if (first == pieces.size()) return text.empty();
  const Piece& piece = pieces[first];
  if (!piece.is_parameter) {
    return text.starts_with(piece.text) &&
           match_pieces(pieces, first + 1, text.substr(piece.text.size()), captures);
  }

  auto most = longest(piece.convertor, text);
  if (first + 1 == pieces.size()) {
    if (most != text.size() || !may_take(piece.convertor, text)) return false;
    if (captures) captures->push_back({piece.text, text});
    return true;
  }
  if (captures) captures->push_back({piece.text, {}});
  auto mine = captures ? captures->size() - 1 : 0;
  for (std::size_t length = most + 1; length-- > 0;) {
    auto taken = text.substr(0, length);
    if (!may_take(piece.convertor, taken)) continue;
    if (captures) {
      captures->resize(mine + 1);
      (*captures)[mine].value = taken;
    }
    if (match_pieces(pieces, first + 1, text.substr(length), captures)) return true;
  }
  if (captures) captures->resize(mine);
  return false;
}

}  // namespace plinth::routing

#include "schema/pattern.hpp"

#include <re2/re2.h>

#include <map>
#include <mutex>
#include <stdexcept>

namespace plinth::schema {

namespace {

// Unicode's White_Space, Nd, and the members of \w, as ranges for use inside brackets.
constexpr std::string_view digits = "\\p{Nd}";
constexpr std::string_view word_characters = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{200C}\\x{200D}";
constexpr std::string_view spaces =
    "\\t-\\r "
    "\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}";

std::string_view members_of(char escape) {
  switch (escape | 0x20) {
    case 'd':
      return digits;
    case 'w':
      return word_characters;
    case 's':
      return spaces;
    default:
      return {};
  }
}

bool is_negated(char escape) { return escape >= 'A' && escape <= 'Z'; }

void append_class(std::string& out, char escape, bool in_brackets) {
  if (!in_brackets) {
    out += is_negated(escape) ? "[^" : "[";
    out += members_of(escape);
    out += ']';
  } else if (!is_negated(escape)) {
    out += members_of(escape);
  } else if (escape == 'D') {
    out += "\\P{Nd}";
  } else {  // no way to say it in brackets: RE2's own, of ASCII
    out += '\\';
    out += escape;
  }
}

}  // namespace

std::string unicode_classes(std::string_view pattern) {
  std::string out;
  bool in_brackets = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      char escape = pattern[++i];
      if (members_of(escape).empty()) {
        out += {c, escape};
      } else {
        append_class(out, escape, in_brackets);
      }
      continue;
    }
    if (c == '[') in_brackets = true;
    if (c == ']') in_brackets = false;
    out += c;
  }
  return out;
}

struct Pattern::Impl {
  explicit Impl(const std::string& text) : regex(text, RE2::Quiet) {}
  RE2 regex;
};

Pattern::Pattern(std::string_view text) : impl_(std::make_unique<Impl>(unicode_classes(text))) {
  if (impl_->regex.ok()) return;
  throw std::invalid_argument("pattern \"" + std::string(text) + "\": " + impl_->regex.error());
}

Pattern::~Pattern() = default;

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), impl_->regex);
}

const Pattern& compiled(std::string_view text) {
  // A thread finds its patterns by address without a lock; all threads share what is compiled.
  thread_local std::map<const char*, const Pattern*> known;
  const Pattern*& slot = known[text.data()];
  if (slot != nullptr) return *slot;

  static std::mutex mutex;
  static std::map<std::string, Pattern, std::less<>> all;
  std::lock_guard lock(mutex);
  auto found = all.find(text);
  if (found == all.end()) found = all.try_emplace(std::string(text), text).first;
  slot = &found->second;
  return *slot;
}

}  // namespace plinth::schema

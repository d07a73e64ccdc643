#include "app/core/roles.hpp"

#include <algorithm>
#include <vector>

namespace app {

namespace {

struct Right {
  std::string_view role;
  std::string_view scope;
};

constexpr Right rights[] = {
    {admin_role, users_read.name.view()},
    {admin_role, users_write.name.view()},
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void add_word(std::string& text, std::string_view word) {
  if (has_scope(text, word)) return;
  text.append(text.empty() ? "" : " ").append(word);
}

}  // namespace

bool role_has(std::string_view role, std::string_view scope) {
  return scope == offline_access.name.view() ||
         std::ranges::any_of(rights, [&](const Right& right) {
           return right.role == role && right.scope == scope;
         });
}

bool has_scope(std::string_view granted, std::string_view scope) {
  const auto words = words_of(granted);
  return std::ranges::find(words, scope) != words.end();
}

std::string grant_scope(std::string_view requested, std::string_view role) {
  auto granted = narrow_scope(requested, requested, role);
  const auto words = words_of(requested);
  const bool asks_for_rights = std::ranges::any_of(
      words, [](std::string_view scope) { return scope != offline_access.name.view(); });
  if (asks_for_rights) return granted;
  for (const auto& right : rights) {
    if (right.role == role) add_word(granted, right.scope);
  }
  return granted;
}

std::string narrow_scope(std::string_view wanted, std::string_view granted, std::string_view role) {
  std::string narrowed;
  for (auto scope : words_of(wanted)) {
    if (has_scope(granted, scope) && role_has(role, scope)) add_word(narrowed, scope);
  }
  return narrowed;
}

}  // namespace app

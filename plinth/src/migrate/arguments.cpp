#include "migrate/arguments.hpp"

#include <algorithm>

namespace plinth::migrate {

bool Arguments::flag(std::string_view name, std::string_view shorter) {
  const auto found = find(name, shorter);
  if (found == words_.end()) return false;
  words_.erase(found);
  return true;
}

std::string Arguments::option(std::string_view name, std::string_view shorter) {
  const auto joined = std::string(name) + "=";
  const auto one = std::find_if(words_.begin(), words_.end(),
                                [&](const std::string& word) { return word.starts_with(joined); });
  if (one != words_.end()) {
    auto value = one->substr(joined.size());
    words_.erase(one);
    return value;
  }
  const auto found = find(name, shorter);
  if (found == words_.end()) return {};
  if (std::next(found) == words_.end()) {
    throw UsageError("argument " + std::string(name) + ": expected one argument");
  }
  auto value = *std::next(found);
  words_.erase(found, found + 2);
  return value;
}

std::vector<std::string> Arguments::options(std::string_view name) {
  std::vector<std::string> values;
  for (auto value = option(name); !value.empty(); value = option(name)) {
    values.push_back(std::move(value));
  }
  return values;
}

std::string Arguments::word(const char* what) {
  if (words_.empty()) {
    throw UsageError("the following arguments are required: " + std::string(what));
  }
  auto value = words_.front();
  words_.erase(words_.begin());
  return value;
}

std::vector<std::string> Arguments::words(const char* what) {
  std::vector<std::string> all{word(what)};
  for (auto& more : words_) all.push_back(std::move(more));
  words_.clear();
  return all;
}

void Arguments::end() const {
  if (words_.empty()) return;
  throw UsageError("unrecognized arguments: " + words_.front());
}

std::vector<std::string>::iterator Arguments::find(std::string_view name,
                                                   std::string_view shorter) {
  return std::find_if(words_.begin(), words_.end(), [&](const std::string& word) {
    return word == name || (!shorter.empty() && word == shorter);
  });
}

}  // namespace plinth::migrate

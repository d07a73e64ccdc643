#include "cli/arguments.hpp"

#include <algorithm>
#include <charconv>

namespace plinth {

namespace {

bool known(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string choices(std::span<const std::string_view> options,
                    std::span<const std::string_view> flags) {
  std::string text;
  for (auto group : {options, flags}) {
    for (auto name : group) text.append(text.empty() ? "" : " ").append(name);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string Arguments::value_or(std::string_view option, std::string_view fallback) const {
  auto found = values.find(option);
  return found == values.end() ? std::string(fallback) : found->second;
}

int Arguments::number_or(std::string_view option, int fallback, int lowest, int highest) const {
  auto found = values.find(option);
  if (found == values.end()) return fallback;
  const std::string& text = found->second;
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < lowest ||
      number > highest) {
    throw UsageError(std::string(option) + ": \"" + text + "\" is not a whole number from " +
                     std::to_string(lowest) + " to " + std::to_string(highest));
  }
  return number;
}

Arguments parse_arguments(std::span<char* const> words, std::span<const std::string_view> options,
                          std::span<const std::string_view> flags) {
  Arguments parsed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    auto name = word.substr(0, word.find('='));
    if (!word.starts_with('-') || word == "-" || known(flags, word)) {
      if (known(flags, word)) {
        parsed.flags.emplace(word);
      } else {
        parsed.rest.emplace_back(word);
      }
    } else if (!known(options, name)) {
      // "-1" is a number of revisions, not an option.
      bool digits = word.size() > 1 && word.find_first_not_of("0123456789", 1) == word.npos;
      if (!digits) {
        throw UsageError("unknown option " + std::string(name) +
                         "; options here: " + choices(options, flags));
      }
      parsed.rest.emplace_back(word);
    } else if (name.size() < word.size()) {
      parsed.values.insert_or_assign(std::string(name), std::string(word.substr(name.size() + 1)));
    } else if (i + 1 < words.size()) {
      parsed.values.insert_or_assign(std::string(name), std::string(words[++i]));
    } else {
      throw UsageError(std::string(name) + " needs a value");
    }
  }
  return parsed;
}

namespace cli {

std::string either(const Arguments& arguments, std::string_view brief, std::string_view full) {
  return arguments.value_or(full, arguments.value_or(brief, ""));
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  for (std::size_t from = 0; from <= list.size();) {
    const auto comma = std::min(list.find(',', from), list.size());
    if (comma > from) names.emplace_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  return names;
}

}  // namespace cli

}  // namespace plinth

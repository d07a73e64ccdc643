#include "schema/json_schema.hpp"

#include <algorithm>
#include <utility>

#include "schema/python_text.hpp"
#include "schema/schema_writer.hpp"

namespace plinth::schema {

using detail::Kind;
using detail::Type;

namespace {

// A Field of a struct has a table of its own, but the struct's rows.
const void* rows_of(const Type& type) {
  return type.kind == Kind::object ? static_cast<const void*>(type.members.data())
                                   : static_cast<const void*>(type.enumerators.data());
}

bool is_same_definition(const Type& left, const Type& right) {
  return rows_of(left) == rows_of(right) && left.qualified == right.qualified;
}

bool is_named(const Type& type) {
  return type.kind == Kind::object || type.kind == Kind::enumeration;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

std::string component_name(std::string text) {
  for (std::size_t colons; (colons = text.find("::")) != text.npos;) text.replace(colons, 2, "__");
  std::replace_if(text.begin(), text.end(), [](char c) { return !is_name_character(c); }, '_');
  return text;
}

std::string short_name(const Type& type) { return component_name(class_name(type)); }

std::string long_name(const Type& type) {
  return component_name(std::string(type.qualified) + class_name(type).substr(type.name.size()));
}

}  // namespace

std::size_t Definitions::index_of(const Type& type) const {
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    if (is_same_definition(*definitions_[i].type, type)) return i;
  }
  definitions_.push_back({.type = &type, .mentions = {}, .used = {}, .name = {}});
  return definitions_.size() - 1;
}

void Definitions::use(const Type& type, Usage usage) {
  std::vector<std::size_t> mentions;
  gather(type, usage, mentions);
}

void Definitions::gather(const Type& type, Usage usage, std::vector<std::size_t>& mentions) {
  if (!is_named(type)) {
    if (type.element != nullptr) gather(type.element(), usage, mentions);
    if (type.key != nullptr) gather(type.key(), usage, mentions);
    for (auto alternative : type.alternatives) gather(alternative(), usage, mentions);
    return;
  }
  std::size_t index = index_of(type);
  mentions.push_back(index);
  bool& used = definitions_[index].used[static_cast<std::size_t>(usage)];
  if (used) return;
  used = true;
  named_ = false;
  std::vector<std::size_t> own;
  for (const auto& member : type.members) gather(*member.resolved, usage, own);
  definitions_[index].mentions = std::move(own);
}

void Definitions::add(std::string name, Json schema) {
  added_.insert_or_assign(std::move(name), std::move(schema));
}

void Definitions::name_all() const {
  if (named_) return;
  named_ = true;
  for (auto& definition : definitions_) {
    std::string name = short_name(*definition.type);
    auto shares = [&](const Definition& other) { return short_name(*other.type) == name; };
    if (std::count_if(definitions_.begin(), definitions_.end(), shares) > 1) {
      name = long_name(*definition.type);
    }
    definition.name[0] = definition.name[1] = name;
  }
  std::vector<bool> differs = differing();
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    auto& definition = definitions_[i];
    if (!differs[i] || !definition.used[0] || !definition.used[1]) continue;
    definition.name[0] += "-Input";
    definition.name[1] += "-Output";
  }
}

// Which look different on their way in and out: by themselves, or by what they mention.
std::vector<bool> Definitions::differing() const {
  std::vector<bool> differs;
  for (const auto& definition : definitions_) {
    differs.push_back(SchemaWriter(*this, Usage::input).definition(*definition.type) !=
                      SchemaWriter(*this, Usage::output).definition(*definition.type));
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < definitions_.size(); ++i) {
      const auto& mentions = definitions_[i].mentions;
      bool found =
          std::any_of(mentions.begin(), mentions.end(), [&](auto index) { return differs[index]; });
      if (found && !differs[i]) differs[i] = changed = true;
    }
  }
  return differs;
}

Json Definitions::schema(const Type& type, Usage usage, std::string_view title) const {
  name_all();
  bool wants = SchemaWriter::takes_title(type);
  return SchemaWriter(*this, usage).annotated(type, wants ? title : std::string_view());
}

Json Definitions::components() const {
  name_all();
  std::map<std::string, Json> sorted = added_;
  for (const auto& definition : definitions_) {
    for (Usage usage : {Usage::input, Usage::output}) {
      auto way = static_cast<std::size_t>(usage);
      if (!definition.used[way]) continue;
      sorted.insert_or_assign(definition.name[way],
                              SchemaWriter(*this, usage).definition(*definition.type));
    }
  }
  Json components{Json::Object{}};
  for (auto& [name, schema] : sorted) components[name] = std::move(schema);
  return components;
}

std::string title_of(std::string_view name) {
  std::string title;
  bool in_word = false;
  for (char c : name) {
    bool is_lower = c >= 'a' && c <= 'z';
    bool is_upper = c >= 'A' && c <= 'Z';
    if (is_lower && !in_word) c = static_cast<char>(c - ('a' - 'A'));
    if (is_upper && in_word) c = static_cast<char>(c + ('a' - 'A'));
    in_word = is_lower || is_upper || static_cast<unsigned char>(c) >= 0x80;
    title += c == '_' ? ' ' : c;
  }
  auto first = title.find_first_not_of(' ');
  if (first == title.npos) return {};
  return title.substr(first, title.find_last_not_of(' ') - first + 1);
}

}  // namespace plinth::schema

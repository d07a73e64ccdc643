// From the sources through the schema engine into the struct.
#include <algorithm>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "json/node.hpp"
#include "json/utf8.hpp"
#include "plinth/settings.hpp"
#include "schema/validate.hpp"
#include "settings/report.hpp"
#include "settings/sources.hpp"

namespace plinth {

namespace {

using detail::Kind;
using detail::Member;
using detail::Type;
using settings::Report;
using settings::Sources;
using settings::Variable;

// What is written as JSON: pydantic-settings calls these fields complex.
enum class Complexity : std::uint8_t {
  plain,
  maybe,  // one of several: its text counts when it is no JSON
  json,
};

Complexity complexity_of(const Type& type) {
  switch (type.kind) {
    case Kind::list:
    case Kind::set:
    case Kind::map:
    case Kind::tuple:
    case Kind::object:
      return Complexity::json;
    case Kind::optional:
      return complexity_of(type.element());
    case Kind::variant: {
      bool any = std::ranges::any_of(type.alternatives, [](auto alternative) {
        return complexity_of(alternative()) != Complexity::plain;
      });
      return any ? Complexity::maybe : Complexity::plain;
    }
    default:
      return Complexity::plain;
  }
}

std::string_view example_of(const Type& type) {
  if (type.kind == Kind::optional) return example_of(type.element());
  bool keyed = type.kind == Kind::map || type.kind == Kind::object;
  return keyed ? R"(write {"name": "value"})" : R"(write ["one", "two"])";
}

// By its type or its rules; whether its name tells is the report's business.
bool is_secret(const Member& member) {
  const Type* type = member.resolved;
  while (type->kind == Kind::optional) type = &type->element();
  return type->kind == Kind::secret || (member.rules && member.rules->secret);
}

// One member and what was said about it.
struct Setting {
  const Member* member;
  std::string shown_name;              // APP_NAME
  const Variable* variable = nullptr;  // null: nobody set it
  std::string not_json = {};           // why its text is no JSON, where it should be
  bool not_utf8 = false;
};

class Loader {
 public:
  Loader(const Type& type, const SettingsOptions& options)
      : type_(type),
        options_(options),
        sources_(settings::read_sources(options)),
        report_(type.name) {}

  void load(void* out) {
    if (sources_.file_error) {
      report_.add(options_.env_file, "the file cannot be read: " + *sources_.file_error,
                  "settings_file");
    }
    if (sources_.secrets_error) {
      report_.add("secrets_dir", "a secret cannot be read: " + *sources_.secrets_error,
                  "secrets_dir");
    }
    for (const auto& member : type_.members) take(member);
    document_.set_root(document_.make_object(nodes_));
    schema::Errors errors;
    schema::validate(type_, document_.root(), out, errors, schema::Loc::root());

    for (const auto& setting : settings_) describe(setting, errors);
    for (const auto& error : errors.all()) {
      if (error.loc.empty()) report_.add("", error.message, error.type);
    }
    refuse_unknown();
    if (!report_.empty()) throw SettingsError(report_.text());
  }

 private:
  // Finds the text of a member and makes a node of it; null where it cannot be read.
  void take(const Member& member) {
    Setting setting{&member, settings::to_upper(options_.env_prefix + std::string(member.wire))};
    setting.variable = look_up(member.wire);
    bool has_other_name = member.rules && !member.rules->also_named.empty();
    if (has_other_name) {
      const auto* other = look_up(member.rules->also_named);
      if (!setting.variable) setting.variable = other;
    }
    if (setting.variable) {
      nodes_.push_back({json::Node::borrow_string(member.wire), node_of(setting)});
    }
    settings_.push_back(std::move(setting));
  }

  const Variable* look_up(std::string_view name) {
    auto lowered = settings::to_lower(options_.env_prefix + std::string(name));
    const auto* found = sources_.find(lowered);
    known_names_.insert(std::move(lowered));
    return found;
  }

  json::Node node_of(Setting& setting) {
    const auto& text = setting.variable->value;
    setting.not_utf8 = !json::is_utf8(text);
    if (setting.not_utf8) return {};
    auto complexity = complexity_of(*setting.member->resolved);
    if (complexity == Complexity::plain) return json::Node::borrow_string(text);

    json::Error error;
    auto& inner = inner_.emplace_back();
    if (inner.parse(text, error)) return inner.root();
    if (complexity == Complexity::maybe) return json::Node::borrow_string(text);
    setting.not_json = "Invalid JSON: " + std::string(error.message) + " at character " +
                       std::to_string(error.position) + "; " +
                       std::string(example_of(*setting.member->resolved));
    return {};
  }

  void describe(const Setting& setting, const schema::Errors& errors) {
    if (setting.not_utf8) {
      report_.add(setting.shown_name, "Input should be valid UTF-8", "string_unicode");
    } else if (!setting.not_json.empty()) {
      report_.add(setting.shown_name, setting.not_json, "json_invalid", setting.variable->value,
                  is_secret(*setting.member));
    } else {
      for (const auto& error : errors.all()) {
        bool mine = !error.loc.empty() && error.loc.front().name == setting.member->wire;
        if (mine) describe(setting, error);
      }
    }
  }

  void describe(const Setting& setting, const schema::Error& error) {
    if (!setting.variable) {
      report_.add(setting.shown_name, error.message, error.type);
    } else if (complexity_of(*setting.member->resolved) == Complexity::plain) {
      report_.add(setting.shown_name, error.message, error.type, setting.variable->value,
                  is_secret(*setting.member));
    } else {
      auto path = setting.shown_name;
      for (std::size_t i = 1; i < error.loc.size(); ++i) {
        const auto& step = error.loc[i];
        path += '.' + (step.index < 0 ? step.name : std::to_string(step.index));
      }
      report_.add_inner(path, error);
    }
  }

  // Of the file only: the environment is full of other people's variables.
  void refuse_unknown() {
    for (const auto& variable : sources_.file) {
      if (variable.value.empty() || known_names_.contains(settings::to_lower(variable.name))) {
        continue;
      }
      report_.add(variable.name, "Extra inputs are not permitted", "extra_forbidden",
                  variable.value, false);
    }
  }

  const Type& type_;
  const SettingsOptions& options_;
  Sources sources_;
  Report report_;
  std::vector<Setting> settings_;
  std::set<std::string> known_names_;  // in lower case
  std::vector<json::Member> nodes_;
  json::Document document_;
  std::deque<json::Document> inner_;  // of the settings that are JSON
};

}  // namespace

void detail::load_settings(const Type& type, const SettingsOptions& options, void* settings) {
  Loader(type, options).load(settings);
}

}  // namespace plinth

// Settings as they are in effect.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret_names.hpp"
#include "json/node.hpp"
#include "plinth/json.hpp"
#include "plinth/settings_report.hpp"
#include "schema/serialise.hpp"
#include "settings/sources.hpp"

namespace plinth {

namespace {

using detail::Kind;
using detail::Member;
using detail::Type;
using Source = ShownSetting::Source;

bool hides_value(const Member& member) {
  const Type* type = member.resolved;
  while (type->kind == Kind::optional) type = &type->element();
  return member.secret || type->kind == Kind::secret;
}

Source source_of(const settings::Sources& sources, const std::string& prefix, const Member& member,
                 const Json& value) {
  std::vector<std::string_view> names{member.wire};
  if (member.rules && !member.rules->also_named.empty()) names.push_back(member.rules->also_named);
  for (const auto name : names) {
    const auto lowered = settings::to_lower(prefix + std::string(name));
    const auto* found = sources.find(lowered);
    if (!found) continue;
    if (sources.environment.contains(lowered)) return Source::environment;
    const auto secret = sources.secrets.find(lowered);
    return secret != sources.secrets.end() && found == &secret->second ? Source::secrets
                                                                       : Source::file;
  }
  return value.is_null() ? Source::unset : Source::default_value;
}

}  // namespace

std::vector<ShownSetting> detail::describe_settings(const Type& type, const void* settings,
                                                    const SettingsOptions& options) {
  const auto sources = settings::read_sources(options);
  std::vector<ShownSetting> shown;
  for (const auto& member : type.members) {
    std::string text;
    schema::write(*member.resolved, static_cast<const char*>(settings) + member.offset, text);
    const auto value = Json::parse(text);
    ShownSetting setting{.name = settings::to_upper(options.env_prefix + std::string(member.wire)),
                         .value = {},
                         .source = source_of(sources, options.env_prefix, member, value),
                         .secret = hides_value(member)};
    const auto plain = value.is_string() ? value.str() : value.is_null() ? "" : text;
    setting.value = setting.secret && !plain.empty() ? std::string(base::stars)
                                                     : shown_setting(setting.name, plain);
    shown.push_back(std::move(setting));
  }
  return shown;
}

}  // namespace plinth

#include "app/cli/users.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "app/core/settings.hpp"
#include "app/services/tokens.hpp"
#include "app/services/users.hpp"
#include "plinth/command_line.hpp"

namespace app::cli {

namespace {

constexpr auto usage =
    "create-admin --email EMAIL [--password-stdin] | list [--role ROLE] | disable EMAIL | "
    "enable EMAIL | set-role EMAIL ROLE";

// Whoever reads the process list must not read a password: it is typed, or piped.
std::string ask_password(const Arguments& arguments) {
  if (arguments.has("--password-stdin")) return read_secret_line();
  auto password = ask_secret("Password: ");
  if (ask_secret("The same again: ") != password) {
    throw std::runtime_error("the two passwords are not the same");
  }
  return password;
}

// By the rules of the API. Throws ValidationError, whose lines say what is wrong.
UserAdminCreate checked_admin(const std::string& email, const std::string& password) {
  const auto given = Json::object({{"email", email}, {"password", password}, {"role", "admin"}});
  return model_validate_json<UserAdminCreate>(given.dump());
}

Task<void> create_admin(Session session, UserAdminCreate data, const PasswordPolicy& policy) {
  const auto user = co_await create_user_as_admin(session, data, policy);
  if (!user) {
    throw std::runtime_error(data.email.str() +
                             " has an account already; make it an administrator "
                             "with: app users set-role " +
                             data.email.str() + " admin");
  }
  co_await session.commit();
  std::printf("created the administrator %s\n", user->email->c_str());
}

Task<void> list(Session session, std::string role) {
  auto query = select<User>().order_by(col<&User::id>);
  if (!role.empty()) query.where(col<&User::role> == role);
  auto users = co_await session.stream(std::move(query));
  while (auto user = co_await users.next()) {
    std::printf("%d\t%s\t%s\t%s\n", *user->id, user->email->c_str(), user->role->c_str(),
                *user->is_active ? "active" : "disabled");
  }
}

// Also of the last administrator: whoever runs this command can make another one.
Task<void> change(Session session, std::string email, UserUpdate changes) {
  const auto found = co_await get_user_by_email(session, email);
  if (!found) throw std::runtime_error("no user has the address " + email);
  auto user = co_await lock_user_and_admins(session, *found->id);
  if (!user) throw std::runtime_error(email + " was deleted just now");
  co_await force_update_user(session, *user, std::move(changes));
  co_await session.commit();
  std::printf("%s: %s, %s\n", user->email->c_str(), user->role->c_str(),
              *user->is_active ? "active" : "disabled");
}

UserUpdate asked_change(const Arguments& arguments) {
  const auto& words = arguments.rest;
  const auto& verb = words.front();
  if (words.size() < 2) throw UsageError(verb + " needs the address of a user");
  if (verb == "set-role") {
    if (words.size() != 3 || (words[2] != "user" && words[2] != "admin")) {
      throw UsageError("set-role EMAIL ROLE: the role is user or admin");
    }
    return {.email = {}, .is_active = {}, .role = Role(words[2])};
  }
  if (words.size() > 2) throw UsageError(verb + " takes no \"" + words[2] + "\"");
  return {.email = {}, .is_active = verb == "enable", .role = {}};
}

void obey(Engine& engine, const Settings& settings, const Arguments& arguments) {
  const auto& verb = arguments.rest.front();
  if (verb == "create-admin") {
    const auto email = arguments.value_or("--email", "");
    if (email.empty()) throw UsageError("create-admin needs --email EMAIL");
    const auto policy = make_password_policy(settings);
    run(create_admin(engine.session(), checked_admin(email, ask_password(arguments)), policy));
  } else if (verb == "list") {
    run(list(engine.session(), arguments.value_or("--role", "")));
  } else if (verb == "disable" || verb == "enable" || verb == "set-role") {
    const auto changes = asked_change(arguments);
    run(change(engine.session(), arguments.rest[1], changes));
  } else {
    throw UsageError("there is no \"" + verb + "\": " + usage);
  }
}

}  // namespace

int users(std::span<char* const> words) {
  static constexpr std::string_view options[] = {"--email", "--role"};
  static constexpr std::string_view flags[] = {"--password-stdin"};
  const auto arguments = parse_arguments(words, options, flags);
  if (arguments.rest.empty()) throw UsageError(usage);
  const auto settings = get_settings();
  Engine engine(settings.database_url);
  try {
    obey(engine, settings, arguments);
  } catch (const RequestValidationError& error) {
    throw std::runtime_error("password: " + error.errors[0]["msg"].str());
  }
  return 0;
}

}  // namespace app::cli

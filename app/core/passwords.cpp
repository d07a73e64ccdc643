#include "app/core/passwords.hpp"

namespace app {

namespace {

std::string problem_of(const PasswordPolicy& policy, const std::string& password) {
  if (auto limit = password_limits(password, policy.hashing); !limit.empty()) return limit;
  if (policy.denied && policy.denied->contains(password)) {
    return "password is one of those that are tried first; choose another";
  }
  return {};
}

}  // namespace

PasswordPolicy make_password_policy(const Settings& settings) {
  PasswordPolicy policy;
  if (*settings.password_hash == "argon2id") policy.hashing.scheme = PasswordScheme::argon2id;
  const auto list = settings.password_deny_list.value_or("");
  if (!list.empty()) policy.denied = PasswordList(list);
  return policy;
}

void check_new_password(const PasswordPolicy& policy, const std::string& password,
                        std::string_view name) {
  auto problem = problem_of(policy, password);
  if (problem.empty()) return;
  throw RequestValidationError(
      Json::array({Json::object({{"type", "value_error"},
                                 {"loc", Json::array({"body", name})},
                                 {"msg", "Value error, " + problem},
                                 {"input", "**********"},
                                 {"ctx", Json::object({{"error", Json::object({})}})}})}));
}

}  // namespace app

#include "replicas.hpp"

#include <doctest/doctest.h>

namespace app {

Replicas::Replicas(const std::vector<std::string>& settings)
    : options_{.folder = "/",  // where no .env is
               .environment = {"DATABASE_URL=" + database_.url()}} {
  options_.environment.insert(options_.environment.end(), settings.begin(), settings.end());
  REQUIRE(support::run_command({APP_BINARY, "migrate", "upgrade", "head"}, options_).status == 0);
  for (auto& each : served_) {
    auto logged = options_;
    logged.log = each.log.path();
    each.child = std::make_unique<support::Child>(
        std::vector<std::string>{APP_BINARY, "serve", "--port", "0"}, logged);
  }
}

std::uint16_t Replicas::port(std::size_t number) const {
  return served_[number % served_.size()].log.port();
}

void Replicas::make_admin(const std::string& email, const std::string& password) const {
  auto with_password = options_;
  with_password.environment.push_back("TYPED=" + password);
  const auto made = support::run_command(
      {"sh", "-c", "echo \"$TYPED\" | \"$0\" users create-admin --email \"$1\" --password-stdin",
       APP_BINARY, email},
      with_password);
  CAPTURE(made.err);
  REQUIRE(made.status == 0);
}

}  // namespace app

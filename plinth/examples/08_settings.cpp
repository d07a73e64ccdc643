// Settings of the environment and a .env file, or a report of all that is wrong with them.
#include "plinth/settings.hpp"

#include <cstdio>
#include <fstream>

using namespace plinth;

struct Settings {
  Str<defaults_to("Shop")> app_name;
  Bool<defaults_to(false)> debug;
  Int<ge(1), le(65535), defaults_to(8000)> port;
  Str<min_length(32), sensitive> secret_key;
  std::string database_url;
  std::vector<std::string> cors_origins;
};

int main() {
  auto env_file = "08_settings.env";
  std::ofstream(env_file) << R"(# one NAME=value a line
APP_NAME="Ada's shop"
DEBUG=on
SECRET_KEY=0123456789abcdef0123456789abcdef
DATABASE_URL=sqlite:///shop.db
CORS_ORIGINS=["https://shop.example"]
)";
  auto environment = std::vector<std::string>{"PORT=8080"};  // instead of the process's
  auto settings = load_settings<Settings>({.env_file = env_file, .environment = &environment});
  std::printf("%s on port %lld, debug %s\n", settings.app_name->c_str(),
              static_cast<long long>(*settings.port), *settings.debug ? "on" : "off");

  environment = {"PORT=http", "SECRET_KEY=short", "CORS_ORIGINS=https://shop.example"};
  try {
    load_settings<Settings>({.env_file = env_file, .environment = &environment});
  } catch (const SettingsError& error) {
    std::printf("%s\n", error.what());
  }
  std::remove(env_file);
}

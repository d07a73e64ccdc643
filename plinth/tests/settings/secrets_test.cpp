// A folder of secrets, one file a setting, as Docker, Kubernetes and systemd lay it.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "plinth/settings.hpp"
#include "plinth/settings_report.hpp"
#include "support/temporary_folder.hpp"

using namespace plinth;
namespace fs = std::filesystem;

namespace {

struct Settings {
  std::string database_url;
  Secret secret_key;
  std::optional<std::string> redis_url;
};

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

Settings load(const std::string& folder, const std::string& env_file = {},
              const std::vector<std::string>& environment = {}) {
  return load_settings<Settings>(
      {.env_file = env_file, .secrets_dir = folder, .environment = &environment});
}

}  // namespace

TEST_CASE("a file of the secrets is the setting of its name, without the white space around it") {
  const support::TemporaryFolder folder;
  write(folder.path() + "/DATABASE_URL", "sqlite:///app.db\n");
  write(folder.path() + "/secret_key", " two words\r\n");
  const auto settings = load(folder.path());
  CHECK(settings.database_url == "sqlite:///app.db");
  CHECK(settings.secret_key.get_secret_value() == "two words");
  CHECK(!settings.redis_url);
}

TEST_CASE("the environment and .env beat the secrets, and other files are nobody's") {
  const support::TemporaryFolder folder;
  write(folder.path() + "/DATABASE_URL", "of the secrets");
  write(folder.path() + "/SECRET_KEY", "of the secrets");
  write(folder.path() + "/REDIS_URL", "of the secrets");
  write(folder.path() + "/README", "of nobody");
  fs::create_directory(folder.path() + "/more");
  const support::TemporaryFolder elsewhere;
  write(elsewhere.path() + "/.env", "SECRET_KEY=of the file\n");
  const auto settings =
      load(folder.path(), elsewhere.path() + "/.env", {"DATABASE_URL=of the environment"});
  CHECK(settings.database_url == "of the environment");
  CHECK(settings.secret_key.get_secret_value() == "of the file");
  CHECK(settings.redis_url == "of the secrets");

  const std::vector<std::string> environment = {"DATABASE_URL=of the environment"};
  using Source = ShownSetting::Source;
  std::vector<Source> sources;
  for (const auto& shown : describe_settings<Settings>({.env_file = elsewhere.path() + "/.env",
                                                        .secrets_dir = folder.path(),
                                                        .environment = &environment})) {
    sources.push_back(shown.source);
  }
  CHECK(sources == std::vector{Source::environment, Source::file, Source::secrets});
}

TEST_CASE("secrets may be links, as Kubernetes makes them") {
  const support::TemporaryFolder folder;
  fs::create_directory(folder.path() + "/..2026_11_26");
  write(folder.path() + "/..2026_11_26/SECRET_KEY", "linked");
  fs::create_symlink("..2026_11_26", folder.path() + "/..data");
  fs::create_symlink("..data/SECRET_KEY", folder.path() + "/SECRET_KEY");
  CHECK(load(folder.path(), {}, {"DATABASE_URL="}).secret_key.get_secret_value() == "linked");
}

TEST_CASE("a folder of secrets that is not there is none; what cannot be read is an error") {
  const std::vector<std::string> environment = {"DATABASE_URL=", "SECRET_KEY="};
  CHECK(load("/no/such/folder", {}, environment).database_url.empty());
  const support::TemporaryFolder folder;
  write(folder.path() + "/file", "");
  CHECK_THROWS_WITH_AS(load(folder.path() + "/file", {}, environment),
                       doctest::Contains("a secret cannot be read"), SettingsError);
}

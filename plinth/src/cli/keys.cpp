// app keys: the keys that sign tokens, in the file that JWT_KEYS_FILE names.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "plinth/datetime.hpp"
#include "plinth/jwk.hpp"
#include "plinth/values.hpp"

namespace plinth::cli {

namespace {

constexpr std::string_view keys_usage =
    "generate --alg ALG [--kid KID] | add FILE.pem --alg ALG [--kid KID] | list | use KID | "
    "use --secret-key | remove KID | jwks";
constexpr std::string_view keys_options[] = {"--file", "--alg", "--kid"};
constexpr std::string_view keys_flags[] = {"--secret-key"};

constexpr std::size_t kid_bytes_max = 128;  // it is in every token

bool exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

// "2026-11-26-1c9e": when it was made is what one wants to know of a key.
std::string new_kid() {
  return DateTime::now().iso().substr(0, 10) + '-' + Uuid::random().str().substr(0, 4);
}

std::string kid_of(const Arguments& arguments) {
  auto kid = arguments.value_or("--kid", "");
  if (kid.empty()) return new_kid();
  auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (kid.size() > kid_bytes_max || !std::ranges::all_of(kid, is_plain)) {
    throw UsageError("--kid: at most 128 ASCII characters without spaces, quotes and backslashes");
  }
  return kid;
}

std::string algorithm_of(const Arguments& arguments) {
  static constexpr std::string_view known[] = {"HS256", "HS384", "HS512",
                                               "RS256", "ES256", "EdDSA"};
  auto algorithm = arguments.value_or("--alg", "");
  if (std::ranges::find(known, algorithm) == std::end(known)) {
    throw UsageError("--alg: one of HS256, HS384, HS512, RS256, ES256 and EdDSA, not \"" +
                     algorithm + "\"");
  }
  return algorithm;
}

const std::string& only_word(const Arguments& arguments, std::string_view what) {
  if (arguments.rest.size() != 2) {
    throw UsageError(arguments.rest.front() + " takes one " + std::string(what));
  }
  return arguments.rest[1];
}

void expect_no_words(const Arguments& arguments) {
  if (arguments.rest.size() > 1) {
    throw UsageError(arguments.rest.front() + " takes no \"" + arguments.rest[1] + '"');
  }
}

auto find_key(JwkSet& set, const std::string& kid) {
  auto found = std::ranges::find(set.keys, kid, [](const Jwk& key) { return key.kid(); });
  if (found == set.keys.end())
    throw UsageError("there is no key \"" + kid + "\"; see: app keys list");
  return found;
}

void append(const std::string& path, Jwk key) {
  auto set = exists(path) ? read_key_file(path) : JwkSet{};
  for (const auto& other : set.keys) {
    if (other.kid() == key.kid()) throw UsageError("there is already a key \"" + key.kid() + '"');
  }
  set.keys.push_back(key);
  write_key_file(path, set);
  std::printf("%s\n", key.kid().c_str());
  std::fprintf(stderr, "%s verifies from now on; once every process has read it: app keys use %s\n",
               key.kid().c_str(), key.kid().c_str());
}

void add(const std::string& path, const Arguments& arguments) {
  const auto& name = only_word(arguments, "file");
  std::ifstream file(name);
  std::stringstream pem;
  pem << file.rdbuf();
  if (!file) throw UsageError(name + " cannot be read");
  append(path, Jwk::from_pem(pem.str(), algorithm_of(arguments), kid_of(arguments)));
}

void list(const JwkSet& set) {
  for (const auto& key : set.keys) {
    const auto* kind = key.is_symmetric() ? "secret" : key.is_private() ? "private" : "public";
    std::printf("%-24s %-6s %-8s %s\n", key.kid().c_str(), key.algorithm().c_str(), kind,
                key.kid() == set.signing ? "signs" : "verifies");
  }
  std::printf("%-24s %-6s %-8s %s\n", "SECRET_KEY", "", "secret",
              set.signing.empty() ? "signs" : "verifies");
}

void use(const std::string& path, const Arguments& arguments) {
  auto set = read_key_file(path);
  if (arguments.has("--secret-key")) {
    expect_no_words(arguments);
    set.signing.clear();
  } else {
    const auto key = find_key(set, only_word(arguments, "KID"));
    if (!key->is_private())
      throw UsageError("the key \"" + key->kid() + "\" is public: it cannot sign");
    set.signing = key->kid();
  }
  write_key_file(path, set);
}

void remove(const std::string& path, const Arguments& arguments) {
  auto set = read_key_file(path);
  const auto key = find_key(set, only_word(arguments, "KID"));
  if (key->kid() == set.signing) {
    throw UsageError("the key \"" + key->kid() + "\" signs; first: app keys use ANOTHER");
  }
  set.keys.erase(key);
  write_key_file(path, set);
}

Json published(const JwkSet& set) {
  Json::Array keys;
  for (const auto& key : set.keys) {
    if (!key.is_symmetric()) keys.push_back(key.public_json());
  }
  return Json::object({{"keys", std::move(keys)}});
}

// Whoever changes the file alone, from reading it to writing it: two at once would lose a key.
// Ends with the process.
void lock_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0 || ::flock(number, LOCK_EX) != 0) {
    throw std::runtime_error(folder + ": " + std::generic_category().message(errno));
  }
}

std::string path_of(const Program& program, const Arguments& arguments) {
  auto path = arguments.value_or("--file", "");
  if (path.empty() && program.keys_file) path = program.keys_file();
  if (path.empty()) throw UsageError("which file? Set JWT_KEYS_FILE=keys.json, or give --file");
  return path;
}

}  // namespace

int keys(const Program& program, std::span<char* const> words) {
  const auto arguments = parse_arguments(words, keys_options, keys_flags);
  if (arguments.rest.empty()) throw UsageError(keys_usage.data());
  const auto& what = arguments.rest.front();
  const auto path = path_of(program, arguments);
  lock_folder_of(path);
  if (what == "generate") {
    expect_no_words(arguments);
    append(path, Jwk::generate(algorithm_of(arguments), kid_of(arguments)));
  } else if (what == "add") {
    add(path, arguments);
  } else if (what == "list") {
    expect_no_words(arguments);
    list(read_key_file(path));
  } else if (what == "use") {
    use(path, arguments);
  } else if (what == "remove") {
    remove(path, arguments);
  } else if (what == "jwks") {
    expect_no_words(arguments);
    std::printf("%s\n", published(read_key_file(path)).pretty().c_str());
  } else {
    throw UsageError("there is no \"" + what + "\"; " + std::string(keys_usage));
  }
  return 0;
}

}  // namespace plinth::cli

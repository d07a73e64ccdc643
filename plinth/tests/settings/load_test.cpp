#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plinth/settings.hpp"

using namespace plinth;

namespace {

std::vector<std::string> any_origin() { return {"*"}; }

// The seed's.
struct Settings {
  Str<defaults_to("FastAPI App")> app_name;
  Str<defaults_to("local")> env;
  Bool<defaults_to(true)> debug;
  Field<Secret, defaults_to("change-me")> secret_key;
  Int<gt(0), defaults_to(60)> access_token_expire_minutes;
  Field<Literal<"HS256", "HS384", "HS512">, defaults_to("HS256")> jwt_alg;
  std::string database_url;
  std::optional<std::string> redis_url;
  Field<std::vector<std::string>, default_factory<any_origin>> cors_origins;
};

// A file that is gone with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    close(mkstemp(path_.data()));
    std::ofstream(path_) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/plinth_settings_XXXXXX";
};

template <class T = Settings>
T load(std::vector<std::string> environment, const std::string& file = {},
       const std::string& prefix = {}) {
  TemporaryFile dotenv(file);
  return load_settings<T>(
      {.env_file = dotenv.path(), .env_prefix = prefix, .environment = &environment});
}

template <class T = Settings>
std::string report(std::vector<std::string> environment, const std::string& file = {}) {
  try {
    load<T>(std::move(environment), file);
  } catch (const SettingsError& error) {
    return error.what();
  }
  return "no error";
}

const std::string url = "DATABASE_URL=sqlite:///app.db";

}  // namespace

TEST_CASE("what nobody sets has its default") {
  auto settings = load({url});
  CHECK(*settings.app_name == "FastAPI App");
  CHECK(*settings.env == "local");
  CHECK(*settings.debug);
  CHECK(settings.secret_key->get_secret_value() == "change-me");
  CHECK(*settings.access_token_expire_minutes == 60);
  CHECK(**settings.jwt_alg == "HS256");
  CHECK(settings.database_url == "sqlite:///app.db");
  CHECK_FALSE(settings.redis_url.has_value());
  CHECK(*settings.cors_origins == std::vector<std::string>{"*"});
}

TEST_CASE("texts become the types of the members") {
  auto settings =
      load({url, "DEBUG=off", "ACCESS_TOKEN_EXPIRE_MINUTES= 15 ", "JWT_ALG=HS512",
            "REDIS_URL=redis://r", "SECRET_KEY=s", R"(CORS_ORIGINS=["https://a", "https://b"])"});
  CHECK_FALSE(*settings.debug);
  CHECK(*settings.access_token_expire_minutes == 15);
  CHECK(**settings.jwt_alg == "HS512");
  CHECK(settings.redis_url == "redis://r");
  CHECK(settings.secret_key->get_secret_value() == "s");
  CHECK(*settings.cors_origins == std::vector<std::string>{"https://a", "https://b"});
}

TEST_CASE("a bool is spelled in many ways") {
  for (auto text : {"1", "true", "TRUE", "t", "yes", "y", "on", "On"}) {
    CAPTURE(text);
    CHECK(*load({url, "DEBUG=" + std::string(text)}).debug);
  }
  for (auto text : {"0", "false", "F", "no", "n", "off", "OFF"}) {
    CAPTURE(text);
    CHECK_FALSE(*load({url, "DEBUG=" + std::string(text)}).debug);
  }
}

TEST_CASE("names match in any letter case") {
  CHECK(*load({url, "app_name=x"}).app_name == "x");
  CHECK(*load({url, "App_Name=x"}).app_name == "x");
  CHECK(*load({url}, "app_NAME=x").app_name == "x");
}

TEST_CASE("the environment beats the file") {
  CHECK(*load({url}, "APP_NAME=file").app_name == "file");
  CHECK(*load({url, "app_name=environment"}, "APP_NAME=file").app_name == "environment");
  CHECK(*load({url, "APP_NAME="}, "APP_NAME=file").app_name == "");
}

TEST_CASE("the file has the grammar of .env files") {
  auto settings = load({"HOME=/root"}, R"(# the seed's
export APP_NAME='My $HOME App'
ENV=${HOME}x
SECRET_KEY="a#b c" # not shown
DATABASE_URL=sqlite+aiosqlite:///x.db
)");
  CHECK(*settings.app_name == "My $HOME App");
  CHECK(*settings.env == "/rootx");
  CHECK(settings.secret_key->get_secret_value() == "a#b c");
  CHECK(settings.database_url == "sqlite+aiosqlite:///x.db");
}

TEST_CASE("an empty text is a value") {
  CHECK(load({"DATABASE_URL="}).database_url == "");
  CHECK(load({url, "REDIS_URL="}).redis_url == "");
}

TEST_CASE("a missing setting is named") {
  CHECK(report({}) ==
        "1 validation error for Settings\n"
        "DATABASE_URL\n"
        "  Field required [type=missing]");
}

TEST_CASE("all wrong settings are reported at once, in the order of the struct") {
  CHECK(report({"DEBUG=", "CORS_ORIGINS=a,b", "ACCESS_TOKEN_EXPIRE_MINUTES=abc", "JWT_ALG=RS256"},
               "FOO=1\nEMPTY=\n") ==
        "6 validation errors for Settings\n"
        "DEBUG\n"
        "  Input should be a valid boolean, unable to interpret input "
        "[type=bool_parsing, input_value='', input_type=str]\n"
        "ACCESS_TOKEN_EXPIRE_MINUTES\n"
        "  Input should be a valid integer, unable to parse string as an integer "
        "[type=int_parsing, input_value='abc', input_type=str]\n"
        "JWT_ALG\n"
        "  Input should be 'HS256', 'HS384' or 'HS512' "
        "[type=literal_error, input_value='RS256', input_type=str]\n"
        "DATABASE_URL\n"
        "  Field required [type=missing]\n"
        "CORS_ORIGINS\n"
        "  Invalid JSON: Expecting value at character 0; write [\"one\", \"two\"] "
        "[type=json_invalid, input_value='a,b', input_type=str]\n"
        "FOO\n"
        "  Extra inputs are not permitted [type=extra_forbidden, input_value='1', input_type=str]");
}

TEST_CASE("unknown names are errors in the file only") {
  CHECK(report({url, "FOO=1"}) == "no error");
  CHECK(report({url}, "foo=1") ==
        "1 validation error for Settings\n"
        "foo\n"
        "  Extra inputs are not permitted [type=extra_forbidden, input_value='1', input_type=str]");
}

TEST_CASE("inside JSON the path goes on") {
  CHECK(report({url, R"(CORS_ORIGINS=["https://a", 5, {"b": null}])"}) ==
        "2 validation errors for Settings\n"
        "CORS_ORIGINS.1\n"
        "  Input should be a valid string [type=string_type, input_value=5, input_type=int]\n"
        "CORS_ORIGINS.2\n"
        "  Input should be a valid string "
        "[type=string_type, input_value={'b': None}, input_type=dict]");
  CHECK(report({url, "CORS_ORIGINS=5"}) ==
        "1 validation error for Settings\n"
        "CORS_ORIGINS\n"
        "  Input should be a valid list [type=list_type, input_value=5, input_type=int]");
}

namespace {

struct Secrets {
  Int<> session_token;
  Field<std::int64_t, sensitive> seed;
  Int<> database_url;
  Int<> signing_key;
  Field<std::vector<std::int64_t>, sensitive> pins;
};

}  // namespace

TEST_CASE("secrets are never shown") {
  CHECK(report<Secrets>(
            {"SESSION_TOKEN=s3cret", "SEED=s3cret", "SIGNING_KEY=s3cret", "PINS=[1, \"s3cret\"]",
             "DATABASE_URL=postgresql+asyncpg://ada:s3/c@ret@db/app"},
            "SMTP_PASSWORD=s3cret\n") ==
        "6 validation errors for Secrets\n"
        "SESSION_TOKEN\n"
        "  Input should be a valid integer, unable to parse string as an integer "
        "[type=int_parsing, input_value='**********', input_type=str]\n"
        "SEED\n"
        "  Input should be a valid integer, unable to parse string as an integer "
        "[type=int_parsing, input_value='**********', input_type=str]\n"
        "DATABASE_URL\n"
        "  Input should be a valid integer, unable to parse string as an integer "
        "[type=int_parsing, input_value='postgresql+asyncpg://ada:**********@db/app', "
        "input_type=str]\n"
        "SIGNING_KEY\n"
        "  Input should be a valid integer, unable to parse string as an integer "
        "[type=int_parsing, input_value='**********', input_type=str]\n"
        "PINS.1\n"
        "  Input should be a valid integer, unable to parse string as an integer "
        "[type=int_parsing, input_value='**********', input_type=str]\n"
        "SMTP_PASSWORD\n"
        "  Extra inputs are not permitted "
        "[type=extra_forbidden, input_value='**********', input_type=str]");
  CHECK(report<Secrets>(
            {"SESSION_TOKEN=1", "SEED=1", "SIGNING_KEY=1", "DATABASE_URL=1", "PINS=s3cret"})
            .find("s3cret") == std::string::npos);
}

TEST_CASE("what may be shown of a setting") {
  using detail::shown_setting;
  CHECK(shown_setting("APP_NAME", "x@y") == "x@y");
  CHECK(shown_setting("SECRET_KEY", "x") == "**********");
  CHECK(shown_setting("api_token", "") == "**********");
  CHECK(shown_setting("URL", "postgresql://ada:pass@db/app") ==
        "postgresql://ada:**********@db/app");
  CHECK(shown_setting("URL", "redis://:p@ss@r:6379/0") == "redis://:**********@r:6379/0");
  CHECK(shown_setting("URL", "postgresql://ada@db:5432/app") == "postgresql://ada@db:5432/app");
  CHECK(shown_setting("URL", "postgresql://db:5432/app") == "postgresql://db:5432/app");
  CHECK(shown_setting("URL", "postgresql:///app?user=ada&password=p&sslmode=require") ==
        "postgresql:///app?user=ada&password=**********&sslmode=require");
  CHECK(shown_setting("URL", "host=db PASSWORD=p sslpassword=q") ==
        "host=db PASSWORD=********** sslpassword=**********");
}

TEST_CASE("no report shows more than fifty characters of a text") {
  CHECK(report({url, "JWT_ALG=" + std::string(100, 'x')})
            .find("input_value='xxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxx', ") !=
        std::string::npos);
}

TEST_CASE("a text that is no UTF-8 is refused") {
  CHECK(report({url, "APP_NAME=\xff"}) ==
        "1 validation error for Settings\n"
        "APP_NAME\n"
        "  Input should be valid UTF-8 [type=string_unicode]");
}

TEST_CASE("a file that is not there is no file, one that cannot be read is an error") {
  std::vector<std::string> environment{url};
  CHECK(load_settings<Settings>({.env_file = "/nonexistent/.env", .environment = &environment})
            .database_url == "sqlite:///app.db");
  CHECK(load_settings<Settings>({.env_file = "", .environment = &environment}).database_url ==
        "sqlite:///app.db");
  CHECK_THROWS_WITH_AS(load_settings<Settings>({.env_file = "/tmp", .environment = &environment}),
                       "1 validation error for Settings\n"
                       "/tmp\n"
                       "  the file cannot be read: Is a directory [type=settings_file]",
                       SettingsError);
  CHECK(report({url}, "APP_NAME=\xff")
            .ends_with("\n  the file cannot be read: it is not UTF-8 [type=settings_file]"));
}

TEST_CASE("a prefix belongs to every name") {
  auto settings = load({"SHOP_DATABASE_URL=x", "APP_NAME=other"}, "SHOP_ENV=test", "SHOP_");
  CHECK(settings.database_url == "x");
  CHECK(*settings.env == "test");
  CHECK(*settings.app_name == "FastAPI App");
}

namespace {

struct Checked {
  Int<defaults_to(1)> low;
  Int<defaults_to(2)> high;

  static std::string check(const Checked& settings) {
    return *settings.low < *settings.high ? "" : "LOW must be below HIGH";
  }
};

struct Shapes {
  std::map<std::string, std::int64_t> limits;
  std::optional<std::vector<std::int64_t>> ports;
  std::variant<std::vector<std::int64_t>, std::string> either;
  Str<alias("LISTEN")> address;
};

}  // namespace

TEST_CASE("a rule about several settings has no name of its own") {
  CHECK(report<Checked>({"LOW=3"}) ==
        "1 validation error for Checked\n"
        "  Value error, LOW must be below HIGH [type=value_error]");
  CHECK(report<Checked>({"LOW=1"}) == "no error");
}

TEST_CASE("maps, optional lists, variants and aliases are read") {
  auto shapes = load<Shapes>({R"(LIMITS={"a": 1})", "PORTS=[80]", "EITHER=plain", "LISTEN=::1"});
  CHECK(shapes.limits == std::map<std::string, std::int64_t>{{"a", 1}});
  CHECK(shapes.ports == std::vector<std::int64_t>{80});
  CHECK(std::get<std::string>(shapes.either) == "plain");
  CHECK(*shapes.address == "::1");
  CHECK(std::get<0>(load<Shapes>({"LIMITS={}", "EITHER=[1]", "LISTEN="}).either) ==
        std::vector<std::int64_t>{1});
  CHECK(report<Shapes>({"LIMITS=a", "PORTS=a", "EITHER=a", "LISTEN="}) ==
        "2 validation errors for Shapes\n"
        "LIMITS\n"
        "  Invalid JSON: Expecting value at character 0; write {\"name\": \"value\"} "
        "[type=json_invalid, input_value='a', input_type=str]\n"
        "PORTS\n"
        "  Invalid JSON: Expecting value at character 0; write [\"one\", \"two\"] "
        "[type=json_invalid, input_value='a', input_type=str]");
}

TEST_CASE("the process's environment is read when none is given") {
  ::setenv("PLINTH_TEST_APP_NAME", "from the process", 1);
  ::setenv("PLINTH_TEST_DATABASE_URL", "x", 1);
  CHECK(*load_settings<Settings>({.env_file = "", .env_prefix = "PLINTH_TEST_"}).app_name ==
        "from the process");
  ::unsetenv("PLINTH_TEST_APP_NAME");
  ::unsetenv("PLINTH_TEST_DATABASE_URL");
}

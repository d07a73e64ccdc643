#include "settings/dotenv.hpp"

#include <doctest/doctest.h>

using namespace plinth::settings;

namespace {

std::optional<std::string> from_environment(std::string_view name) {
  if (name == "HOME") return "/root";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

Dotenv parse(std::string_view text) { return parse_dotenv(text, from_environment); }

// "NAME=<value>" for each binding, "NAME" for one without a value, one a line.
std::string bindings(std::string_view text) {
  std::string shown;
  for (const auto& [name, value] : parse(text).bindings) {
    if (!shown.empty()) shown += '\n';
    shown += name;
    if (value) shown += "=<" + *value + ">";
  }
  return shown;
}

}  // namespace

TEST_CASE("a line is a name, '=' and a value, with blanks around them") {
  CHECK(bindings("") == "");
  CHECK(bindings("a=b") == "a=<b>");
  CHECK(bindings(" a = b ") == "a=<b>");
  CHECK(bindings("a=b c\td") == "a=<b c\td>");
  CHECK(bindings("a=") == "a=<>");
  CHECK(bindings("a=b=c") == "a=<b=c>");
  CHECK(bindings("a=zoë") == "a=<zoë>");
  CHECK(bindings("'a'=b") == "a=<b>");
  CHECK(bindings("a") == "a");
}

TEST_CASE("lines end with any of the three line ends; a byte order mark is no text") {
  CHECK(bindings("a=b\nc=d\r\ne=f\rg=h\n\n") == "a=<b>\nc=<d>\ne=<f>\ng=<h>");
  CHECK(bindings("\xEF\xBB\xBF"
                 "a=b") == "a=<b>");
}

TEST_CASE("export may stand before a name") {
  CHECK(bindings("export a=b") == "a=<b>");
  CHECK(bindings(" export  'a'=b") == "a=<b>");
  CHECK(bindings("exporter=b") == "exporter=<b>");
  CHECK(bindings("export=b") == "export=<b>");
}

TEST_CASE("a comment starts a line or follows white space") {
  CHECK(bindings("# a=b") == "");
  CHECK(bindings("a=b #c") == "a=<b>");
  CHECK(bindings("a=b\t# c=d") == "a=<b>");
  CHECK(bindings("a=b#c") == "a=<b#c>");
  CHECK(bindings("a=#b") == "a=<#b>");
  CHECK(bindings("a= # b") == "a=<>");
  CHECK(bindings("a='b' # c") == "a=<b>");
  CHECK(bindings("a=\"b#c\"#d") == "a=<b#c>");
  CHECK(bindings("a # c") == "a");
}

TEST_CASE("single quotes keep all but an escaped quote and backslash") {
  CHECK(bindings("a='b c '") == "a=<b c >");
  CHECK(bindings(R"(a='it\'s')") == "a=<it's>");
  CHECK(bindings(R"(a='b\nc')") == R"(a=<b\nc>)");
  CHECK(bindings(R"(a='b\\c')") == R"(a=<b\c>)");
  CHECK(bindings(R"(a='C:\dir\')") == R"(a=<C:\dir\>)");
  CHECK(bindings("a='C:\\\\dir\\\\'\nb='c'") == "a=<C:\\dir\\>\nb=<c>");
  CHECK(bindings("a='${HOME}'") == "a=<${HOME}>");
}

TEST_CASE("double quotes know the usual escapes") {
  CHECK(bindings(R"(a="b\tc\"d\\e\'f")") == "a=<b\tc\"d\\e'f>");
  CHECK(bindings(R"(a="\a\b\f\n\r\v")") == "a=<\a\b\f\n\r\v>");
  CHECK(bindings(R"(a="\d\x")") == R"(a=<\d\x>)");
  CHECK(bindings("a=\"\"") == "a=<>");
}

TEST_CASE("a quoted value may span lines") {
  CHECK(bindings("a=\"b\nc\"\nd=e") == "a=<b\nc>\nd=<e>");
  CHECK(bindings("a='b\r\nc'") == "a=<b\r\nc>");
}

TEST_CASE("${NAME} stands for a value of the file, else of the environment, else its default") {
  CHECK(bindings("a=${HOME}x") == "a=</rootx>");
  CHECK(bindings("a=\"${HOME}/y\"") == "a=</root/y>");
  CHECK(bindings("a=b\nc=${a}${a}") == "a=<b>\nc=<bb>");
  CHECK(bindings("HOME=/here\na=${HOME}") == "HOME=</here>\na=</here>");
  CHECK(bindings("a=1\na=2\nb=${a}") == "a=<1>\na=<2>\nb=<2>");
  CHECK(bindings("a=${NONE}") == "a=<>");
  CHECK(bindings("a=${NONE:-b c}") == "a=<b c>");
  CHECK(bindings("a=${HOME:-b}") == "a=</root>");
  CHECK(bindings("a=${EMPTY:-b}") == "a=<>");
  CHECK(bindings("a=${NONE:-}") == "a=<>");
}

TEST_CASE("what is no ${NAME} stays as it is") {
  CHECK(bindings("a=$HOME") == "a=<$HOME>");
  CHECK(bindings("a=${HOME") == "a=<${HOME>");
  CHECK(bindings("a=${HOME:+x}") == "a=<${HOME:+x}>");
  CHECK(bindings("a=$${HOME}") == "a=<$/root>");
  CHECK(bindings("a=${}") == "a=<>");
}

TEST_CASE("a line that cannot be read is reported and skipped alone") {
  auto unreadable = [](std::string_view text) { return parse(text).unreadable_lines; };
  CHECK(unreadable("a: b\nc=d") == std::vector{1});
  CHECK(bindings("a: b\nc=d") == "c=<d>");
  CHECK(unreadable("a=b\n\nc='d\ne=f\r\n=g\rh=\"i\" j") == std::vector{3, 5, 6});
  CHECK(bindings("a=b\n\nc='d\ne=f\r\n=g\rh=\"i\" j") == "a=<b>\ne=<f>");
  CHECK(unreadable("'a") == std::vector{1});
  CHECK(unreadable("''=b") == std::vector{1});
}

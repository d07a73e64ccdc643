#include "formats/email.hpp"

#include <doctest/doctest.h>

#include <string>

using plinth::formats::validate_email;

TEST_CASE("plain addresses take a short way to the same answers") {
  CHECK(validate_email("Ann.Lee+tag@Mail.Example.COM")->str() == "Ann.Lee+tag@mail.example.com");
  CHECK(validate_email("INFO@b.com")->str() == "info@b.com");
  CHECK(validate_email("a@1b.c-d.com")->str() == "a@1b.c-d.com");
  CHECK(validate_email("a@b.local").problem.message ==
        "value is not a valid email address: The part after the @-sign is a special-use or "
        "reserved name that cannot be "
        "used with email.");
  CHECK(
      validate_email("a@" + std::string(64, 'x') + ".com").problem.ctx ==
      R"({"reason":"After the @-sign, periods cannot be separated by so many characters (1 character too many)."})");
  CHECK(validate_email(std::string(243, 'x') + "@example.com").problem.ctx ==
        R"({"reason":"The email address is too long (1 character too many)."})");
}

TEST_CASE("text that is no Unicode is refused as such") {
  CHECK(validate_email("a\xFF@b.com").problem.type == "string_unicode");
  CHECK(validate_email("a\xED\xA0\x80@b.com").problem.type == "string_unicode");
}

TEST_CASE("long hostile addresses are answered at once") {
  for (std::string unit : {"\xCC\xB8", "\"\\", "<", "a.", "\xE3\x82\xA2\xE3\x83\xBB",
                           "\xD8\xA7\xD9\xA0", "@<", "\"<"}) {
    std::string text = "<";
    while (text.size() + unit.size() < 2000) text += unit;
    CHECK_FALSE(validate_email(text + "@b.com"));
    CHECK_FALSE(validate_email("a@" + text));
  }
}

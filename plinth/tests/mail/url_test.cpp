#include "mail/url.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace plinth::mail;

namespace {

std::string refusal(std::string_view url) {
  try {
    parse_smtp_url(url);
    return "taken";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("the url of a mail server says where, as whom and how") {
  const auto url = parse_smtp_url("smtp://shop%40example.com:p%2Fw%3A1@mail.example.com");
  CHECK(url.host == "mail.example.com");
  CHECK(url.port == 587);
  CHECK(url.user == "shop@example.com");
  CHECK(url.password == "p/w:1");
  CHECK(url.encryption == Encryption::required);
  CHECK(url.shown() == "smtp://mail.example.com:587");

  const auto secure = parse_smtp_url("smtps://shop@example.com:secret@Mail.Example.com/");
  CHECK(secure.host == "mail.example.com");
  CHECK(secure.port == 465);
  CHECK(secure.user == "shop@example.com");
  CHECK(secure.encryption == Encryption::implicit);
  CHECK(secure.shown() == "smtps://mail.example.com:465");

  const auto options =
      parse_smtp_url("smtp://[::1]:2525?ca_file=/etc/my%20ca.pem&local_hostname=app.example.com");
  CHECK(options.host == "[::1]");
  CHECK(options.port == 2525);
  CHECK(options.ca_file == "/etc/my ca.pem");
  CHECK(options.local_hostname == "app.example.com");
  CHECK(parse_smtp_url("smtp://bücher.example").host == "xn--bcher-kva.example");
}

TEST_CASE("a password is sent in the clear to this machine alone") {
  CHECK(parse_smtp_url("smtp://u:p@mail.example.com").encryption == Encryption::required);
  CHECK(parse_smtp_url("smtp://u:p@127.0.0.1").encryption == Encryption::none);
  CHECK(parse_smtp_url("smtp://u:p@127.0.0.1?starttls=required").encryption ==
        Encryption::required);
  CHECK(parse_smtp_url("smtp://u:p@localhost?starttls=off").encryption == Encryption::none);
  CHECK(parse_smtp_url("smtp://relay.example.com").encryption == Encryption::offered);
  CHECK(parse_smtp_url("smtp://relay.example.com?starttls=off").encryption == Encryption::none);
  CHECK(refusal("smtp://u:secret@mail.example.com?starttls=off") ==
        "SMTP_URL: starttls=off would send the password to mail.example.com for everybody to read; "
        "leave it out");
}

TEST_CASE("what is no url of a mail server is refused with what to write, never with a password") {
  CHECK(refusal("") ==
        "SMTP_URL: is no url of a mail server; use smtp://user:password@mail.example.com, or "
        "smtps://…");
  CHECK(refusal("http://x").starts_with("SMTP_URL: is no url of a mail server"));
  CHECK(refusal("smtp://") == "SMTP_URL: has no host; use smtp://mail.example.com");
  CHECK(refusal("smtp://mail:99999") ==
        "SMTP_URL: \"99999\" is no port; use 587 (smtp) or 465 (smtps)");
  CHECK(refusal("smtp://ma il").starts_with("SMTP_URL: \"ma il\" is no host"));
  CHECK(refusal("smtp://[::1").starts_with("SMTP_URL: \"[::1\" is no host"));
  CHECK(refusal("smtp://user@mail") ==
        "SMTP_URL: a login has both a user and a password: smtp://user:password@mail");
  CHECK(refusal("smtp://u:secret%0d%0aRCPT@mail") ==
        "SMTP_URL: a control character in the password");
  CHECK(refusal("smtp://u:secret%00@mail") == "SMTP_URL: a control character in the password");
  CHECK(refusal("smtp://mail?starttls=maybe") ==
        "SMTP_URL: starttls=maybe is not understood; use required or off");
  CHECK(refusal("smtps://mail?starttls=off").starts_with("SMTP_URL: starttls has no meaning"));
  CHECK(refusal("smtp://mail?tls=yes") ==
        "SMTP_URL: the option \"tls\" is not understood; there are starttls, ca_file and "
        "local_hostname");
  CHECK(refusal("smtp://mail?starttls") == "SMTP_URL: the option \"starttls\" has no value");
  CHECK(refusal("smtp://mail?local_hostname=a%20b") ==
        "SMTP_URL: local_hostname=a b is no host name");
}

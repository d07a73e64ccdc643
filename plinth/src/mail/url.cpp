#include "mail/url.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "formats/url_host.hpp"
#include "formats/url_options.hpp"

namespace plinth::mail {

namespace {

[[noreturn]] void refuse_url(const std::string& why) {
  throw std::invalid_argument("SMTP_URL: " + why);
}

// The value of a NUL would end early in libcurl, and a line break would be another command.
std::string decoded(std::string_view text, const std::string& of) {
  std::string plain = formats::percent_decode(text);
  const bool control = std::ranges::any_of(plain, [](char c) { return c >= 0 && c < ' '; });
  if (control) refuse_url("a control character in the " + of);
  return plain;
}

std::uint16_t read_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    refuse_url("\"" + std::string(text) + "\" is no port; use 587 (smtp) or 465 (smtps)");
  }
  return static_cast<std::uint16_t>(port);
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "[::1]";
}

bool is_hostname(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '[' || c == ']' || c == ':';
  });
}

void read_server(SmtpUrl& url, std::string_view text) {
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  const auto colon = bracket == std::string_view::npos ? bracket : text.find(':', bracket);
  const auto host = text.substr(0, colon);
  if (host.empty()) refuse_url("has no host; use smtp://mail.example.com");
  auto read = formats::read_host(host);
  if (!read || !is_hostname(read.value)) refuse_url("\"" + std::string(host) + "\" is no host");
  url.host = std::move(read.value);
  if (colon != std::string_view::npos) url.port = read_port(text.substr(colon + 1));
}

void read_credentials(SmtpUrl& url, std::string_view text) {
  const auto colon = text.find(':');
  url.user = decoded(text.substr(0, colon), "user");
  if (colon != std::string_view::npos) {
    url.password = decoded(text.substr(colon + 1), "password");
  }
  if (url.user.empty() || url.password.empty()) {
    refuse_url("a login has both a user and a password: smtp://user:password@" + url.host);
  }
}

void read_option(SmtpUrl& url, const std::string& name, std::string value) {
  if (name == "starttls" && url.encryption != Encryption::implicit) {
    if (value == "required") {
      url.encryption = Encryption::required;
    } else if (value == "off") {
      url.encryption = Encryption::none;
    } else {
      refuse_url("starttls=" + value + " is not understood; use required or off");
    }
  } else if (name == "starttls") {
    refuse_url("starttls has no meaning with smtps://, where all is encrypted; leave it out");
  } else if (name == "ca_file" && !value.empty()) {
    url.ca_file = std::move(value);
  } else if (name == "local_hostname") {
    if (!is_hostname(value)) refuse_url("local_hostname=" + value + " is no host name");
    url.local_hostname = std::move(value);
  } else {
    refuse_url("the option \"" + name +
               "\" is not understood; there are starttls, ca_file and local_hostname");
  }
}

void read_options(SmtpUrl& url, std::string_view query) {
  for (const auto& option : formats::split_url_options(query)) {
    const auto name = std::string(option.name);
    if (!option.value) refuse_url("the option \"" + name + "\" has no value");
    read_option(url, name, decoded(*option.value, name));
  }
}

// A password goes over the wire in the clear on this machine only.
void protect_password(SmtpUrl& url, bool starttls_given) {
  const bool here = is_loopback(url.host);
  if (!starttls_given && url.encryption == Encryption::offered) {
    if (here) {
      url.encryption = Encryption::none;
    } else if (!url.user.empty()) {
      url.encryption = Encryption::required;
    }
  }
  if (!here && !url.user.empty() && url.encryption == Encryption::none) {
    refuse_url("starttls=off would send the password to " + url.host +
               " for everybody to read; leave it out");
  }
}

}  // namespace

std::string SmtpUrl::shown() const {
  return (encryption == Encryption::implicit ? "smtps://" : "smtp://") + host + ":" +
         std::to_string(port);
}

SmtpUrl parse_smtp_url(std::string_view text) {
  SmtpUrl url;
  if (text.starts_with("smtps://")) {
    url.encryption = Encryption::implicit;
    url.port = 465;
  } else if (text.starts_with("smtp://")) {
    url.port = 587;
  } else {
    refuse_url(
        "is no url of a mail server; use smtp://user:password@mail.example.com, or smtps://…");
  }
  text.remove_prefix(text.find("//") + 2);

  std::string_view query;
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  // A user may be an address: what is before the last '@' is no host.
  const auto at = text.rfind('@');
  auto server = at == std::string_view::npos ? text : text.substr(at + 1);
  if (server.ends_with('/')) server.remove_suffix(1);
  read_server(url, server);
  if (at != std::string_view::npos) read_credentials(url, text.substr(0, at));
  const Encryption before = url.encryption;
  read_options(url, query);
  protect_password(url, url.encryption != before);
  return url;
}

}  // namespace plinth::mail

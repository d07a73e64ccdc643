#include "formats/email.hpp"

#include <algorithm>

#include "formats/email_parts.hpp"
#include "json/utf8.hpp"
#include "json/writer.hpp"

namespace plinth::formats {

namespace {

constexpr std::size_t email_size_max = 2048;
constexpr std::size_t address_bytes_max = 254;  // RFC 5321, 4.5.3.1.3

bool may_stand_in_name(char32_t c) {
  return is_word(c) || CodePointsView(U"!#$%&'*+-/=?^`{|}~").find(c) != CodePointsView::npos;
}

CodePointsView skip_space(CodePointsView text) {
  while (!text.empty() && is_python_space(text.front())) text.remove_prefix(1);
  return text;
}

// What stands in the angle brackets that `text` is made of; nothing when it is not.
std::optional<CodePointsView> in_brackets(CodePointsView text) {
  if (text.size() < 3 || !text.starts_with(U'<') || !text.ends_with(U'>')) return std::nullopt;
  auto inside = text.substr(1, text.size() - 2);
  if (inside.find(U'\n') != inside.npos) return std::nullopt;
  return inside;
}

// The address of `Ann Lee <a@b>`, `"Ann" <a@b>` or `<a@b>`; all of the text when it has no such
// form. Source: pydantic 2.13, networks.pretty_email_regex.
CodePointsView without_name(CodePointsView all) {
  auto text = strip(all);
  if (text.starts_with(U'"')) {
    for (auto quote = text.rfind(U'"'); quote >= 2;
         quote = text.rfind(U'"', quote - 1)) {  // the first is at 0
      if (auto address = in_brackets(skip_space(text.substr(quote + 1)))) return *address;
    }
    return all;
  }
  auto rest = text;
  while (!rest.empty() && (may_stand_in_name(rest.front()) || is_python_space(rest.front())))
    rest.remove_prefix(1);
  return in_brackets(rest).value_or(all);
}

Refusal too_long(std::string_view how) {
  return {"The email address is too long " + std::string(how) + "."};
}

// As written, the excess is known in characters, or within bounds where they take several bytes.
Refusal check_written_length(CodePointsView address) {
  const auto bytes = utf8_size(address);
  if (bytes <= address_bytes_max) return {};
  const auto excess = bytes - address_bytes_max;
  if (bytes == address.size()) return too_long(too_many(excess));
  std::size_t widest = 1;
  for (char32_t c : address) widest = std::max(widest, utf8_size({&c, 1}));
  const auto least = std::max<std::size_t>(1, excess / widest);
  if (least == excess) return too_long(too_many(excess));
  return too_long("(" + std::to_string(least) + "-" + too_many(excess).substr(1));
}

Refusal check_length(std::size_t bytes, std::string_view when) {
  if (bytes <= address_bytes_max) return {};
  return too_long(std::string(when) + " " + too_many(bytes - address_bytes_max, "byte"));
}

Checked<LocalPart> read_local_part(const SplitEmail& email) {
  auto local = validate_local_part(email.local_part, email.quoted);
  if (!local) return local;
  const auto normalized = to_nfc(local.value.text);
  if (normalized != local.value.text) {
    auto again = validate_local_part(normalized, email.quoted);
    if (!again) return Refusal{"After Unicode normalization: " + again.reason};
    local.value.text = normalized;
  }
  if (email.quoted) return Refusal{"Quoting the part before the @-sign is not allowed here."};
  auto lower = to_lower_ascii(local.value.text);
  if (local.value.ascii && is_role(to_utf8(lower))) local.value.text = std::move(lower);
  return local;
}

// Source: email-validator 2.3, validate_email with check_deliverability=False.
Checked<CodePoints> read_address(CodePointsView text) {
  auto email = split_email(text);
  if (!email) return Refusal{email.reason};
  auto local = read_local_part(email.value);
  if (!local) return Refusal{local.reason};

  const CodePointsView written = email.value.domain;
  if (written.empty()) return Refusal{"There must be something after the @-sign."};
  if (written.starts_with(U'[') && written.ends_with(U']')) {
    return refuse_domain_literal(written.size() > 1 ? written.substr(1, written.size() - 2)
                                                    : CodePointsView());
  }
  auto domain = validate_domain_name(written);
  if (!domain) return Refusal{domain.reason};

  if (auto refusal = check_written_length(email.value.local_part + U"@" + email.value.domain))
    return refusal;
  auto normalized = local.value.text + U"@" + domain.value.text;
  if (auto refusal = check_length(utf8_size(normalized), "after normalization")) return refusal;
  if (auto refusal = check_length(utf8_size(local.value.text) + 1 + domain.value.ascii.size(),
                                  "when the part after the @-sign is converted to IDNA ASCII")) {
    return refusal;
  }
  if (email.value.display_name) {
    return Refusal{
        "A display name and angle brackets around the email address are not permitted here."};
  }
  return normalized;
}

Problem email_problem(std::string_view reason) {
  Problem out{"value_error", "value is not a valid email address: " + std::string(reason),
              "{\"reason\":"};
  json::append_quoted(out.ctx, reason);
  out.ctx += '}';
  return out;
}

}  // namespace

EmailResult validate_email(std::string_view text) {
  if (auto plain = read_plain_address(text)) return Email(std::move(*plain));
  if (!json::is_utf8(text)) {
    return Problem{"string_unicode",
                   "Input should be a valid string, unable to parse raw data as a unicode string",
                   {}};
  }
  if (json::count_code_points(text) > email_size_max)
    return email_problem("Length must not exceed 2048 characters");
  const auto all = to_code_points(text);
  auto address = read_address(strip(without_name(all)));
  if (!address) return email_problem(address.reason);
  return Email(to_utf8(address.value));
}

}  // namespace plinth::formats

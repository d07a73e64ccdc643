// Header fields of any bytes, by every reader that we have of them: Accept-Encoding, Authorization,
// Content-Type, Forwarded and X-Forwarded-*, Host, If-Match, traceparent, tracestate.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/trace_context.hpp"
#include "expect.hpp"
#include "http/accept_encoding.hpp"
#include "http/authority.hpp"
#include "http/characters.hpp"
#include "http/multipart.hpp"
#include "json/utf8.hpp"
#include "middleware/entity_tags.hpp"
#include "middleware/forwarded.hpp"
#include "plinth/http.hpp"
#include "plinth/security.hpp"
#include "security/base64.hpp"
#include "security/credentials.hpp"

using namespace plinth;
using fuzz::expect;

namespace {

Request request_with(std::string_view name, std::string_view value) {
  Request request;
  request.headers = {{name, value}};
  request.client_host = "127.0.0.1";
  return request;
}

// gzip is taken for accepted only where it is named, and never where the field says q=0 to it and
// nothing else of it.
void check_accept_encoding(const std::string& field) {
  const bool accepted = http::accepts_gzip(field);
  std::string lower(field);
  std::ranges::transform(lower, lower.begin(), http::lower);
  expect(!accepted || lower.find("gzip") != lower.npos);
  expect(!http::accepts_gzip("gzip;q=0," + field));
  expect(http::accepts_gzip("gzip," + field));

  // Two fields are one list.
  Request request;
  request.headers = {{"accept-encoding", "br"}, {"accept-encoding", field}};
  expect(http::accepts_gzip(request) == accepted);
}

void check_authorization(std::string_view field) {
  const auto request = request_with("authorization", field);
  const auto sent = security::authorization_of(request);
  expect(sent.has_value());
  expect(json::is_utf8(sent->scheme) && json::is_utf8(sent->credentials));
  expect(sent->scheme.find(' ') == std::string::npos);
  HTTPBasicCredentials basic;
  if (detail::read_basic(request, basic)) {
    expect(basic.username.find(':') == std::string::npos);
    expect(security::encode_base64(basic.username + ':' + basic.password) == sent->credentials);
  }
  std::string token;
  if (detail::read_oauth2(request, token)) expect(token == sent->credentials);

  // What is sent twice is not believed.
  auto twice = request;
  twice.headers.push_back(twice.headers.front());
  expect(!security::authorization_of(twice));
}

void check_content_type(std::string_view field) {
  const auto header = http::parse_options_header(field);
  expect(std::ranges::none_of(header.value, [](char c) { return c >= 'A' && c <= 'Z'; }));
  for (const auto& [name, value] : header.options) {
    expect(header.option(name).has_value());
    expect(name.size() + value.size() <= 2 * field.size());
  }
}

void check_origin(const middleware::Origin& origin) {
  expect(origin.scheme.empty() || origin.scheme == "http" || origin.scheme == "https");
  expect(origin.host.empty() || http::is_authority(origin.host));
  expect(origin.client_host.empty() || middleware::parse_node(origin.client_host).has_value());
}

void check_forwarded(std::string_view field) {
  static const middleware::TrustedHops trusted({"127.0.0.1", "10.0.0.0/8", "2001:db8::/32"});
  for (const auto* name : {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}) {
    check_origin(
        middleware::find_origin(request_with(name, field), trusted, ForwardedBy::x_forwarded));
  }
  check_origin(
      middleware::find_origin(request_with("forwarded", field), trusted, ForwardedBy::forwarded));
  for (auto list = field; !list.empty();) {
    const auto before = list.size();
    const auto element = middleware::take_last_element(list);
    expect(list.size() < before && element.size() <= before);
    (void)middleware::parse_forwarded_element(element);
  }
  // The client cannot speak for the proxy that comes after it.
  const auto behind = std::string(field) + ", 203.0.113.7";
  if (field.find('"') == field.npos) {
    const auto origin = middleware::find_origin(request_with("x-forwarded-for", behind), trusted,
                                                ForwardedBy::x_forwarded);
    expect(origin.client_host == "203.0.113.7");
  }
}

void check_authority(std::string_view field) {
  if (!http::is_authority(field)) return;
  expect(!field.empty() && field.find_first_of("/?#@\\ \t\r\n\"<>") == field.npos);
  expect(std::ranges::all_of(field, [](char c) { return c > ' ' && c < 0x7f; }));
}

void check_entity_tags(std::string_view field) {
  for (const std::string_view current : {R"("abc")", R"(W/"abc")"}) {
    const auto match = middleware::match_tags(request_with("if-match", field), "if-match", current);
    expect(match.listed);
    expect(!match.strong || (match.weak && current.front() == '"'));
    expect(!match.weak || field.find("\"abc") != field.npos);
    expect(!match.any || field.find('*') != field.npos);
    expect(match.sent.empty() ||
           (match.sent.data() >= field.data() &&
            match.sent.data() + match.sent.size() <= field.data() + field.size()));
  }
}

void check_trace_context(std::string_view field) {
  if (const auto context = base::parse_traceparent(field)) {
    expect(context->trace_id && context->span_id != 0);
    const auto again = base::parse_traceparent(base::format_traceparent(*context));
    expect(again && again->trace_id == context->trace_id && again->span_id == context->span_id);
    expect(again->flags == (context->flags & (base::sampled_flag | base::random_flag)));
    expect(field.find(base::to_text(context->trace_id)) != field.npos);
  }
  const std::string_view fields[] = {field, field};
  const auto state = base::combine_tracestate(std::span(fields).first(1));
  expect(state.size() <= 512);
  expect(std::ranges::all_of(state, [](char c) { return c >= ' ' && c < 0x7f; }));
  // What was taken once is taken again as it is, and twice the same is the same.
  const std::string_view taken[] = {state};
  expect(base::combine_tracestate(taken) == state);
  expect(base::combine_tracestate(fields) == state);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string field(fuzz::as_text(data, size));
  check_accept_encoding(field);
  check_authorization(field);
  check_content_type(field);
  check_forwarded(field);
  check_authority(field);
  check_entity_tags(field);
  check_trace_context(field);
  return 0;
}

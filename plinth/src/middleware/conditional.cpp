#include "plinth/conditional.hpp"

#include <utility>

#include "middleware/entity_tags.hpp"
#include "middleware/text.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/error.hpp"
#include "security/base64.hpp"
#include "security/digest.hpp"

namespace plinth {

using middleware::match_tags;

namespace {

[[noreturn]] void fail_precondition() {
  throw HttpError(412, "It has changed since you read it; read it again, then decide");
}

bool forbids_storing(const Headers& headers) {
  const auto value = headers.get("cache-control");
  return value && middleware::lower(*value).find("no-store") != std::string::npos;
}

// Source: RFC 9110 15.4.5: what a 200 would have said of the representation stays, but for its
// content.
void make_not_modified(Response& response, std::string_view sent) {
  response.status = 304;
  response.body.clear();
  response.static_body = {};
  response.media_type = {};
  for (const char* name : {"content-type", "content-length", "content-encoding"}) {
    response.headers.remove(name);
  }
  // The tag of the form that the client has, compressed or not.
  if (!sent.empty()) response.headers.set("etag", sent);
}

class ETagMiddleware final : public detail::Middleware {
 public:
  explicit ETagMiddleware(ETag options) : options_(options) {}

  Task<void> after(const Request& request, Response& response, std::uint64_t) override {
    if (response.status != 200 || (request.method != "GET" && request.method != "HEAD")) return {};
    if (!response.headers.contains("etag")) {
      const auto content = response.content();
      if (!options_.automatic || content.size() > options_.body_bytes_max ||
          forbids_storing(response.headers)) {
        return {};
      }
      response.headers.append("etag", (options_.weak ? "W/" : "") + etag(content));
    }
    const auto current = std::string(*response.headers.get("etag"));
    const auto match = match_tags(request, "if-none-match", current);
    if (match.any || match.weak) make_not_modified(response, match.sent);
    return {};
  }

 private:
  ETag options_;
};

}  // namespace

std::string etag(std::string_view bytes) {
  constexpr std::size_t digest_bytes = 16;
  const auto digest = security::sha256(bytes).substr(0, digest_bytes);
  return '"' + security::encode_base64url(digest) + '"';
}

void set_etag(Response& response, std::string_view tag) { response.headers.set("etag", tag); }

void check_match(const Request& request, std::string_view current) {
  const auto match = match_tags(request, "if-match", current);
  if (match.listed && !match.any && !match.strong) fail_precondition();
}

void require_match(const Request& request, std::string_view current) {
  if (!request.header("if-match")) {
    throw HttpError(428, "If-Match is missing: send the ETag of what you read");
  }
  check_match(request, current);
}

void check_none_match(const Request& request, std::optional<std::string_view> current) {
  const auto match = match_tags(request, "if-none-match", current.value_or(""));
  if (current && (match.any || match.weak)) fail_precondition();
}

std::unique_ptr<detail::Middleware> make_middleware(ETag options) {
  return std::make_unique<ETagMiddleware>(options);
}

}  // namespace plinth

// Compresses bodies for clients that accept it.
#include "http/gzip.hpp"
#include "http/characters.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "http/accept_encoding.hpp"
#include "middleware/entity_tags.hpp"
#include "middleware/text.hpp"
#include "plinth/detail/middleware.hpp"
#include "plinth/error.hpp"
#include "plinth/middleware.hpp"

namespace plinth {
namespace {

std::string lower_media_type(std::string_view content_type) {
  return middleware::lower(http::strip_blanks(content_type.substr(0, content_type.find(';'))));
}

// A strong tag means these very bytes, so the compressed ones have another (RFC 9110 8.8.3.3).
void mark_etag(Headers& headers) {
  const auto tag = headers.get("etag");
  if (!tag || tag->starts_with("W/") || !tag->ends_with('"')) return;
  auto marked = std::string(tag->substr(0, tag->size() - 1));
  marked.append(middleware::gzip_mark).append("\"");
  headers.set("etag", marked);
}

void set_body(Response& response) {
  mark_etag(response.headers);
  response.headers.set("content-encoding", "gzip");
  if (response.headers.contains("content-length")) {
    response.headers.set("content-length", std::to_string(response.content().size()));
  }
}

class GzipMiddleware final : public detail::Middleware {
 public:
  explicit GzipMiddleware(Gzip options) : options_(std::move(options)) {
    for (const auto& type : options_.exclude_content_types) {
      excluded_.insert(lower_media_type(type));
    }
  }

  Task<void> after(const Request& request, Response& response, std::uint64_t) override {
    // What the 200 would have said (RFC 9110 15.4.5); a cache may have the compressed form.
    if (response.status == 304) response.headers.add_vary("Accept-Encoding");
    const auto size = response.content().size();
    if (size < options_.minimum_size || size == 0 || response.status == 206 ||
        response.headers.contains("content-encoding") || is_excluded(response)) {
      return {};
    }
    response.headers.add_vary("Accept-Encoding");
    if (!http::accepts_gzip(request)) return {};
    if (response.static_body.data()) {
      if (const auto* made = find_static(response.static_body)) {
        response.static_body = *made;
        set_body(response);
        return {};
      }
    }
    if (size >= options_.thread_minimum_size) return compress_in_thread(response);
    put(response, http::gzip(response.content(), options_.compresslevel));
    return {};
  }

 private:
  bool is_excluded(const Response& response) const {
    const auto named = response.headers.get("content-type");
    const auto type = lower_media_type(named ? *named : response.media_type);
    return excluded_.contains(type) || excluded_.contains(type.substr(0, type.find('/')) + "/*");
  }

  Task<void> compress_in_thread(Response& response) {
    // The job owns its body: it may outlive a request whose client has gone.
    auto text = std::string(response.content());
    std::string made;
    try {
      made = co_await in_thread([body = std::move(text), level = options_.compresslevel] {
        return http::gzip(body, level);
      });
    } catch (const HttpError&) {  // every worker is busy: the answer goes out as it is
      co_return;
    }
    put(response, std::move(made));
  }

  // What lives for ever is compressed once.
  void put(Response& response, std::string compressed) {
    if (response.static_body.data()) {
      const std::lock_guard lock(mutex_);
      response.static_body =
          statics_.try_emplace(response.static_body.data(), std::move(compressed)).first->second;
    } else {
      response.body = std::move(compressed);
    }
    set_body(response);
  }

  const std::string* find_static(std::string_view body) {
    const std::lock_guard lock(mutex_);
    const auto found = statics_.find(body.data());
    return found == statics_.end() ? nullptr : &found->second;
  }

  Gzip options_;
  std::set<std::string> excluded_;
  std::mutex mutex_;
  std::map<const char*, std::string> statics_;
};

}  // namespace

std::unique_ptr<detail::Middleware> make_middleware(Gzip options) {
  return std::make_unique<GzipMiddleware>(std::move(options));
}

}  // namespace plinth

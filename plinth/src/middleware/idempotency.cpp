#include "plinth/idempotency.hpp"
#include "http/characters.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <stdexcept>
#include <utility>

#include "base/context.hpp"
#include "base/log.hpp"
#include "base/loop.hpp"
#include "db/commit_hook.hpp"
#include "middleware/idempotency_store.hpp"
#include "middleware/text.hpp"
#include "plinth/app.hpp"
#include "plinth/error.hpp"

namespace plinth {
namespace {

using middleware::KeyClaim;

constexpr std::size_t key_size_max = 255;
constexpr std::int64_t second_us = 1'000'000;
constexpr std::uint32_t purge_every = 256;  // keys

// The key of a request: a text in quotes (RFC 8941 3.3.3), or as it is. Throws 400.
std::optional<std::string> key_of(const Request& request) {
  std::optional<std::string_view> sent;
  for (const auto& field : request.headers) {
    if (field.name != "idempotency-key") continue;
    if (sent) throw HttpError(400, "Idempotency-Key was sent twice");
    sent = field.value;
  }
  if (!sent) return std::nullopt;
  auto key = http::strip_blanks(*sent);
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
    key = key.substr(1, key.size() - 2);
  }
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; };
  if (key.empty() || key.size() > key_size_max || !std::ranges::all_of(key, is_visible)) {
    throw HttpError(400, "Idempotency-Key must be 1 to 255 visible characters, such as a UUID");
  }
  return std::string(key);
}

HttpError conflict(const char* detail) { return HttpError(409, detail, {{"retry-after", "1"}}); }

// What must not lie in a database, or in no cache.
bool may_be_kept(const Response& response) {
  const auto control = response.headers.get("cache-control");
  return !response.headers.contains("set-cookie") &&
         !(control && middleware::lower(*control).find("no-store") != std::string::npos);
}

// Lets go of the key when its request ends without an answer: its client has left. The handler's
// transaction is rolled back, or its commit is on its way; then the key is marked, and stays.
class Holding {
 public:
  Holding(Engine& engine, KeyClaim claim) : engine_(&engine), claim_(std::move(claim)) {}
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() {
    if (!engine_) return;
    try {
      base::Loop::current().spawn(release(*engine_, std::move(claim_)));
    } catch (...) {  // out of memory: the lock ends by itself
    }
  }
  const KeyClaim& claim() const { return claim_; }
  void answered() { engine_ = nullptr; }

 private:
  static Task<void> release(Engine& engine, KeyClaim claim) {
    co_await middleware::release_key(engine, std::move(claim));
  }

  Engine* engine_;
  KeyClaim claim_;
};

class IdempotencyMiddleware final : public detail::AsyncMiddleware {
 public:
  explicit IdempotencyMiddleware(Idempotency options) : options_(std::move(options)) {
    if (!options_.engine) {
      throw std::invalid_argument(
          "Idempotency: engine is missing; write .engine = &app.provided<Engine>()");
    }
  }

  Task<Response> handle(Request& request, Next next) override {
    if (std::ranges::find(options_.methods, request.method) == options_.methods.end()) {
      return next(request);
    }
    if (!request.header("idempotency-key")) return next(request);
    return handle_key(request, next);
  }

 private:
  Task<Response> handle_key(Request& request, Next next) {
    const auto key = key_of(request);
    const auto who = co_await find_who(request, next);
    if (!who) co_return co_await next(request);  // the route knows what to say
    auto claim = middleware::make_claim(*who, *key, request);
    auto& engine = *options_.engine;
    if (keys_.fetch_add(1, std::memory_order_relaxed) % purge_every == purge_every - 1) {
      co_await middleware::purge_keys(engine);
    }
    Holding holding(engine, std::move(claim));
    const auto row =
        co_await middleware::take_key(engine, holding.claim(), options_.lock.count * second_us,
                                      options_.retention.count * second_us);
    if (row) {
      holding.answered();
      co_return answer_of(*row, holding.claim());
    }
    auto response = co_await run(request, next, holding.claim());
    holding.answered();
    co_return response;
  }

  // Empty: nobody.
  Task<std::optional<std::string>> find_who(Request& request, Next next) {
    const auto credentials = request.header("authorization");
    if (options_.whoami.empty()) {
      if (!credentials) co_return std::nullopt;
      co_return "authorization:" + std::string(*credentials);
    }
    Request question{.method = "GET",
                     .target = options_.whoami,
                     .path = options_.whoami,
                     .query_string = {},
                     .headers = {},
                     .body = {},
                     .scheme = request.scheme,
                     .host = request.host,
                     .client_host = request.client_host,
                     .client_port = request.client_port,
                     .request_id = request.request_id,
                     .route = {}};
    for (const auto& field : request.headers) {
      if (field.name == "authorization" || field.name == "cookie" || field.name == "x-api-key") {
        question.headers.push_back(field);
      }
    }
    const auto answer = co_await next(question);
    if (answer.status >= 500) throw HttpError(503, "Service Unavailable", {{"retry-after", "1"}});
    if (answer.status != 200) co_return std::nullopt;
    const auto who = Json::parse(answer.content());
    if (!who.is_object() || !who.contains("id")) {
      throw std::logic_error("Idempotency: " + options_.whoami + " has no member \"id\"");
    }
    co_return "user:" + who["id"].dump();
  }

  Response answer_of(const IdempotencyKey& row, const KeyClaim& claim) const {
    if (*row.fingerprint != claim.fingerprint) {
      throw HttpError(422, "Idempotency-Key was used for another request; make a new one");
    }
    if (*row.status != 0) return middleware::replayed(row);
    if (*row.state == 2) {
      throw HttpError(409, "The request of this Idempotency-Key was done; its answer is not kept");
    }
    if (*row.state == 1 && *row.locked_until_us <= DateTime::now().microseconds) {
      throw HttpError(409, "The request of this Idempotency-Key was done; its answer is lost");
    }
    throw conflict("A request with this Idempotency-Key is being answered");
  }

  Task<Response> run(Request& request, Next next, KeyClaim claim) {
    const db::CommitHook hook{.driver = &options_.engine->driver(),
                              .query = middleware::mark_committed(claim)};
    auto context = base::current_context ? *base::current_context : base::Context{};
    context.commit_hook = &hook;
    auto response = co_await base::in_context(context, next(request));

    // An error is not kept when it committed nothing: whoever asks again may have more luck.
    bool failed = false;
    try {
      const bool released =
          response.status >= 400 && co_await middleware::release_key(*options_.engine, claim);
      if (!released) co_await keep(claim, response);
    } catch (const std::exception&) {
      failed = true;
    }
    // It is done: that must be said, whatever becomes of a second request.
    if (failed) {
      base::log(base::Level::error, "the answer of an idempotent request could not be kept",
                {{"route", request.route}});
    }
    co_return response;
  }

  Task<void> keep(KeyClaim claim, const Response& response) {
    const bool kept = may_be_kept(response) && response.content().size() <= options_.body_bytes_max;
    auto answer = kept ? middleware::kept_answer(response) : middleware::KeptAnswer{};
    if (!co_await middleware::keep_answer(*options_.engine, std::move(claim), std::move(answer))) {
      base::log(base::Level::warning,
                "an idempotent request took longer than its lock and lost its key");
    }
  }

  Idempotency options_;
  std::atomic<std::uint32_t> keys_ = 0;
};

}  // namespace

std::unique_ptr<detail::AsyncMiddleware> make_middleware(Idempotency options) {
  return std::make_unique<IdempotencyMiddleware>(std::move(options));
}

void require_idempotency_key(Header<"Idempotency-Key", std::optional<std::string>> key) {
  if (!key->has_value()) {
    throw HttpError(400, "Idempotency-Key is missing: make one for this request, such as a UUID");
  }
}

}  // namespace plinth

#include "cli/gate.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/process_metrics.hpp"
#include "plinth/migrate.hpp"
#include "plinth/session.hpp"
#include "redis/backoff.hpp"
#include "routing/app_state.hpp"

namespace plinth::cli {
namespace {

bool is_private_database(std::string_view url) { return url.ends_with(":memory:"); }

Task<Response> come_back() {
  Response response;
  response.status = 503;
  response.body = R"({"detail":"Service Unavailable"})";
  response.headers.append("retry-after", "1");
  co_return response;
}

}  // namespace

Gate::Gate(App& app, const Program& program)
    : app_(app), program_(program), url_(program.database_url()) {}

// In production an unmigrated database is refused; elsewhere the log says so.
Task<void> Gate::check() {
  Engine engine(url_);
  if (!co_await migrate::is_at_head(engine, program_.revisions())) {
    const std::string fix = is_private_database(url_) ? "use a file: DATABASE_URL=sqlite:///app.db"
                                                      : "run: app migrate upgrade head";
    constexpr auto what = "DATABASE_URL: the database is not at the last migration";
    if (program_.production()) throw std::runtime_error(std::string(what) + "; " + fix);
    base::log(base::Level::warning, what, {{"fix", fix}});
  }
  co_await app_.startup();
  started_ = true;
  open_ = true;
}

Task<void> Gate::startup() {
  app_.state().prepare();  // it answers some requests before it has started
  std::string why;
  try {
    co_await check();
    co_return;
  } catch (const db::Unavailable& error) {
    why = error.what();
  }
  base::log(base::Level::error,
            "the database cannot be reached; requests are answered 503 until it can",
            {{"error", why}});
  base::Loop::current().spawn(wait());
}

Task<void> Gate::wait() {
  redis::Backoff pauses;
  std::string why;
  while (!open_) {
    co_await sleep_for(pauses.next().count());
    try {
      co_await check();
      base::log(base::Level::info, "the database is reached, requests are served");
    } catch (const db::Unavailable&) {
      continue;
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (why.empty()) continue;
    base::log(base::Level::error, "the application does not start", {{"error", why}});
    failed_ = true;
    end_();
    co_return;
  }
}

Task<void> Gate::shutdown() {
  if (started_) co_await app_.shutdown();
}

Task<Response> Gate::handle(Request& request) {
  if (open_.load(std::memory_order_acquire) || is_always_answered(request.path)) {
    return app_.handle(request);
  }
  base::process_metrics().requests_refused.with({"database_away"}).add(0, 1);
  return come_back();
}

bool Gate::is_always_answered(std::string_view path) const {
  return std::ranges::find(program_.always_answered, path) != program_.always_answered.end();
}

}  // namespace plinth::cli

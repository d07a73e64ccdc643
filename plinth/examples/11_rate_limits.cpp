// How often clients may ask, and who they are behind a proxy.
// Try: for i in 1 2 3 4; do curl -i localhost:8000/search; done
#include "plinth/plinth.hpp"
#include "plinth/proxy_headers.hpp"
#include "plinth/rate_limit.hpp"
#include "plinth/server.hpp"

using namespace plinth;

std::string by_user(HTTPBearer<> credentials) { return credentials->credentials; }

Json search() { return Json::object({{"found", Json::array({})}}); }
Json make_report() { return Json::object({{"queued", true}}); }

// A limit that code decides on: dear questions take from a bucket of their own.
Task<Json> ask(Query<"question", std::string> question, const Request& request, Response& response,
               const RateLimiter& limiter) {
  if (question->size() > 100) {
    std::vector<Bucket> buckets;
    buckets.push_back({.name = "long-questions",
                       .rate = {.quota = 5, .seconds = 60},
                       .key = client_network(request)});
    co_await limiter.require(std::move(buckets), response);  // 429 when it is empty
  }
  co_return Json::object({{"answer", 42}});
}

App create_app() {
  auto app = App({.title = "Rate limits"});
  const auto limiter = RateLimiter();  // {.redis_url = "redis://…"}: one count for all replicas
  app.provide(limiter);

  app.get<search>("/search", {.dependencies = {depends<limit<"3/minute">>}});
  app.post<make_report>("/reports", {.dependencies = {depends<limit<"5/hour", by_user>>,
                                                      depends<limit<"100/hour", by_route>>}});
  app.get<ask>("/ask", {.dependencies = {depends<shared_limit<"questions", "60/minute">>}});

  app.use(RateLimit{.limiter = limiter, .rate = "600/minute"});  // of everything
  app.use(ProxyHeaders{.trusted_hosts = {"127.0.0.1", "10.0.0.0/8"}});
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}

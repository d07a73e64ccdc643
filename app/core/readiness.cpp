#include "app/core/readiness.hpp"

namespace app {

Readiness make_readiness(Engine& engine, const Settings& settings) {
  Readiness readiness;
  readiness.add("database", [&engine] { return engine.ping(); });
  if (settings.redis_url && !settings.redis_url->empty()) {
    readiness.add_redis("redis", *settings.redis_url);
  }
  return readiness;
}

}  // namespace app

#include "app/core/logging.hpp"

namespace app {

Logging init_logging(const Settings& settings) {
  return configure_logging({.level = settings.log_level->str(),
                            .levels = *settings.log_levels,
                            .format = settings.log_format->str(),
                            .slow_query_ms = *settings.log_slow_query_ms});
}

}  // namespace app

#include "app/core/logging.hpp"

namespace app {

Logging init_logging(const Settings& settings) {
  return configure_logging(
      {.level = settings.log_level->str(), .format = settings.log_format->str()});
}

}  // namespace app

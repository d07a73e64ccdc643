#include "migrate/log.hpp"

#include <cstdio>

namespace plinth::migrate {

void Log::info(const std::string& text) const {
  if (!quiet_) std::fprintf(stderr, "INFO  [alembic.runtime.migration] %s\n", text.c_str());
}

void Log::detected(const std::string& text) const {
  if (!quiet_) std::fprintf(stderr, "INFO  [alembic.autogenerate.compare] %s\n", text.c_str());
}

// Python's levels are cut to five letters by Alembic's logging format.
void Log::warning(const std::string& text) const {
  if (!quiet_) std::fprintf(stderr, "WARNI [plinth.migrate] %s\n", text.c_str());
}

void Log::error(const std::string& text) const {
  std::fprintf(stderr, "ERROR [alembic.util.messaging] %s\n", text.c_str());
}

}  // namespace plinth::migrate

// Alembic's log lines, on stderr.
#pragma once

#include <string>

namespace plinth::migrate {

class Log {
 public:
  explicit Log(bool quiet) : quiet_(quiet) {}
  /// "INFO  [alembic.runtime.migration] …"
  void info(const std::string& text) const;
  /// "INFO  [alembic.autogenerate.compare] Detected added table 'users'"
  void detected(const std::string& text) const;
  void warning(const std::string& text) const;
  void error(const std::string& text) const;

 private:
  bool quiet_;
};

}  // namespace plinth::migrate

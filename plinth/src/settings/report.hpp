// The report of settings that cannot be used, in pydantic's manner and without secrets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/errors.hpp"

namespace plinth::settings {

class Report {
 public:
  explicit Report(std::string_view settings_name) : settings_name_(settings_name) {}

  /// A setting of the environment or the file, with its text; hidden when `secret`.
  void add(std::string_view name, std::string_view message, std::string_view type,
           std::string_view value, bool secret);
  /// A setting nobody gave, or a rule about several: no value to show.
  void add(std::string_view name, std::string_view message, std::string_view type);
  /// Inside a setting that is JSON: `input` is JSON text, with secrets hidden already.
  void add_inner(std::string_view path, const schema::Error& error);

  bool empty() const { return count_ == 0; }
  /// "2 validation errors for Settings", then three lines at most for each.
  std::string text() const;

 private:
  void line(std::string_view name, std::string_view message, std::string_view details);

  std::string_view settings_name_;
  std::string lines_;
  std::size_t count_ = 0;
};

}  // namespace plinth::settings

// What became of a task, as the JSON that Celery's result backends keep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/datetime.hpp"

namespace plinth::tasks {

/// Celery's states. Others are an application's own, as PROGRESS.
namespace states {
inline constexpr std::string_view pending = "PENDING";
inline constexpr std::string_view received = "RECEIVED";
inline constexpr std::string_view started = "STARTED";
inline constexpr std::string_view success = "SUCCESS";
inline constexpr std::string_view failure = "FAILURE";
inline constexpr std::string_view revoked = "REVOKED";
inline constexpr std::string_view retry = "RETRY";

/// It will not change any more.
inline bool is_ready(std::string_view state) {
  return state == success || state == failure || state == revoked;
}
/// The result is an exception.
inline bool is_exception(std::string_view state) {
  return state == failure || state == retry || state == revoked;
}
}  // namespace states

/// What a task threw.
struct ExceptionInfo {
  std::string type;              // "ValueError"
  std::string arguments = "[]";  // JSON; exc_message: an array as a rule
  std::string module = {};       // "builtins"; empty: null

  /// JSON {"exc_type", "exc_message", "exc_module"}.
  std::string json() const;
  /// "ValueError('bad')"
  std::string repr() const;
  /// Of the result of a FAILURE, RETRY or REVOKED; empty when it is none.
  static std::optional<ExceptionInfo> read(std::string_view json);
};

struct ResultMeta {
  std::string task_id;
  std::string status = "PENDING";
  std::string result = "null";                // JSON; an ExceptionInfo's for exceptions
  std::optional<std::string> traceback = {};  // text
  std::string children = "[]";                // JSON: [[["<id>", <parent>], <group or null>], …]
  std::optional<DateTime> date_done = {};     // of a ready one
  std::string group_id = {};
  std::string parent_id = {};

  // With result_extended, all of them.
  struct Extended {
    std::string name;
    std::string args = "[]";    // JSON
    std::string kwargs = "{}";  // JSON
    std::string worker;
    std::int64_t retries = 0;
    std::string queue;
  };
  std::optional<Extended> extended = {};
};

/// As Celery 5.6 writes it; 5.2.6 differs in date_done alone, which it writes without an offset.
std::string encode(const ResultMeta& meta);
/// Of either; empty when it is none.
std::optional<ResultMeta> decode_result(std::string_view json);

/// The JSON of GroupResult.as_tuple(), as GroupResult.save() stores it in {"result": …}.
struct SavedGroup {
  std::string id;
  std::string parent_id = {};
  std::vector<std::string> task_ids;
};
std::string encode(const SavedGroup& group);
std::optional<SavedGroup> decode_group(std::string_view json);

}  // namespace plinth::tasks

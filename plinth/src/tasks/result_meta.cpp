#include "tasks/result_meta.hpp"

#include "formats/datetime.hpp"
#include "json/node.hpp"
#include "json/utf8.hpp"
#include "tasks/python_text.hpp"
#include "tasks/tagged_values.hpp"

namespace plinth::tasks {

namespace {

using json::Node;

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    append_python_string(out, text);
  }
}

std::string json_of(const Node* node, std::string_view otherwise) {
  if (node == nullptr) return std::string(otherwise);
  std::string out;
  append_python_json(out, *node);
  return out;
}

// Written without an offset until 5.5: UTC.
std::optional<DateTime> time_of(const Node* node) {
  if (node == nullptr || !node->is_string()) return std::nullopt;
  auto parsed = formats::datetime_from_text(node->string());
  if (!parsed) return std::nullopt;
  parsed.value->naive = false;
  return *parsed;
}

// A root with the tagged values of kombu made plain.
bool parse(json::Document& document, std::string_view text) {
  json::Error error;
  if (!document.parse(text, error)) return false;
  if (!may_hold_tagged(text)) return true;
  const auto plain = untagged(document, document.root());
  if (plain) document.set_root(*plain);
  return plain.has_value();
}

void append_extended(std::string& out, const ResultMeta::Extended& extended) {
  out += R"(, "name": )";
  append_text_or_null(out, extended.name);
  out += R"(, "args": )" + python_json(extended.args);
  out += R"(, "kwargs": )" + python_json(extended.kwargs);
  out += R"(, "worker": )";
  append_text_or_null(out, extended.worker);
  out += R"(, "retries": )" + std::to_string(extended.retries);
  out += R"(, "queue": )";
  append_text_or_null(out, extended.queue);
}

ResultMeta::Extended read_extended(const Node& root) {
  ResultMeta::Extended extended;
  extended.name = text_of(root.find("name"));
  extended.args = json_of(root.find("args"), "[]");
  extended.kwargs = json_of(root.find("kwargs"), "{}");
  extended.worker = text_of(root.find("worker"));
  const auto* retries = root.find("retries");
  if (retries != nullptr && retries->is_integer()) extended.retries = retries->integer();
  extended.queue = text_of(root.find("queue"));
  return extended;
}

}  // namespace

std::string ExceptionInfo::json() const {
  std::string out = R"({"exc_type": )";
  append_python_string(out, type);
  out += R"(, "exc_message": )" + python_json(arguments);
  out += R"(, "exc_module": )";
  append_text_or_null(out, module);
  return out + "}";
}

std::string ExceptionInfo::repr() const {
  json::Document document;
  json::Error error;
  if (!document.parse(arguments, error)) throw JsonError(error.message, error.position);
  return exception_repr(type, document.root());
}

std::optional<ExceptionInfo> ExceptionInfo::read(std::string_view json) {
  json::Document document;
  if (!parse(document, json) || !document.root().is_object()) return std::nullopt;
  const auto* type = document.root().find("exc_type");
  if (type == nullptr || !type->is_string()) return std::nullopt;
  ExceptionInfo info;
  info.type = text_of(type);
  info.arguments = json_of(document.root().find("exc_message"), "[]");
  info.module = text_of(document.root().find("exc_module"));
  return info;
}

std::string encode(const ResultMeta& meta) {
  std::string out;
  out.reserve(256 + meta.result.size() + (meta.traceback ? meta.traceback->size() : 0));
  out += R"({"status": )";
  append_python_string(out, meta.status);
  out += R"(, "result": )" + python_json(meta.result);
  out += R"(, "traceback": )";
  if (meta.traceback) {
    append_python_string(out, *meta.traceback);
  } else {
    out += "null";
  }
  out += R"(, "children": )" + python_json(meta.children);
  out += R"(, "date_done": )";
  append_text_or_null(out, meta.date_done ? formats::python_iso(*meta.date_done) : std::string());
  if (!meta.group_id.empty()) {
    out += R"(, "group_id": )";
    append_python_string(out, meta.group_id);
  }
  if (!meta.parent_id.empty()) {
    out += R"(, "parent_id": )";
    append_python_string(out, meta.parent_id);
  }
  if (meta.extended) append_extended(out, *meta.extended);
  out += R"(, "task_id": )";
  append_python_string(out, meta.task_id);
  return out + "}";
}

std::optional<ResultMeta> decode_result(std::string_view json) {
  json::Document document;
  if (!parse(document, json) || !document.root().is_object()) return std::nullopt;
  const Node& root = document.root();
  const auto* status = root.find("status");
  if (status == nullptr || !status->is_string()) return std::nullopt;
  ResultMeta meta;
  meta.status = text_of(status);
  meta.task_id = text_of(root.find("task_id"));
  meta.result = json_of(root.find("result"), "null");
  const auto* traceback = root.find("traceback");
  if (traceback != nullptr && traceback->is_string()) meta.traceback = text_of(traceback);
  const auto* children = root.find("children");
  if (children != nullptr && children->is_array()) meta.children = json_of(children, "[]");
  meta.date_done = time_of(root.find("date_done"));
  meta.group_id = text_of(root.find("group_id"));
  meta.parent_id = text_of(root.find("parent_id"));
  if (root.find("name") != nullptr) meta.extended = read_extended(root);
  return meta;
}

std::string encode(const SavedGroup& group) {
  std::string out = R"({"result": [[)";
  append_python_string(out, group.id);
  out += ", ";
  if (group.parent_id.empty()) {
    out += "null";
  } else {
    out += "[[";
    append_python_string(out, group.parent_id);
    out += ", null], null]";
  }
  out += "], [";
  bool first = true;
  for (const auto& id : group.task_ids) {
    out += first ? "[[" : ", [[";
    first = false;
    append_python_string(out, id);
    out += ", null], null]";
  }
  return out + "]]}";
}

namespace {

// The id in AsyncResult.as_tuple(): [["<id>", <parent>], <children>].
std::string id_of_tuple(const Node& tuple) {
  if (!tuple.is_array() || tuple.size() == 0) return {};
  const Node& head = tuple.items()[0];
  if (!head.is_array() || head.size() == 0 || !head.items()[0].is_string()) return {};
  return text_of(&head.items()[0]);
}

}  // namespace

std::optional<SavedGroup> decode_group(std::string_view json) {
  json::Document document;
  if (!parse(document, json) || !document.root().is_object()) return std::nullopt;
  const auto* result = document.root().find("result");
  if (result == nullptr || !result->is_array() || result->size() != 2) return std::nullopt;
  SavedGroup group;
  group.id = id_of_tuple(*result);
  const Node& tasks = result->items()[1];
  if (group.id.empty() || !tasks.is_array()) return std::nullopt;
  const Node& head = result->items()[0];
  if (head.size() > 1) group.parent_id = id_of_tuple(head.items()[1]);
  for (const auto& task : tasks.items()) {
    auto id = id_of_tuple(task);
    if (id.empty()) return std::nullopt;
    group.task_ids.push_back(std::move(id));
  }
  return group;
}

}  // namespace plinth::tasks

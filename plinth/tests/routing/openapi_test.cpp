// The recorded application's OpenAPI document, path by path.
#include "openapi/openapi.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "routing/sink_app.hpp"

using namespace plinth;

namespace {

Json recorded() {
  std::ifstream file(PLINTH_TEST_DATA "/sink_openapi.json");
  REQUIRE(file.is_open());
  return Json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

Json made() {
  static const Json document = [] {
    auto app = sink::make_app();
    return openapi::document(app.options(), app.routes());
  }();
  return document;
}

// The recorded handlers return untyped dicts where ours have types: their answers are documented as
// anything. Takes the types out of `ours` there.
Json without_unrecorded_types(Json ours, const Json& recorded_item) {
  for (auto& [method, operation] : ours.members()) {
    const auto* other = recorded_item.find(method);
    if (!other || !other->contains("responses")) continue;
    for (auto& [status, response] : operation["responses"].members()) {
      const auto* same = (*other)["responses"].find(status);
      const auto* content = same ? same->find("content") : nullptr;
      const auto* json = content ? content->find("application/json") : nullptr;
      if (json && json->dump() == R"({"schema":{}})") {
        response["content"]["application/json"]["schema"] = Json::Object{};
      }
    }
  }
  return ours;
}

// Names of what is recorded and not made again in just that form.
std::set<std::string> differing(const Json& ours, const Json& others) {
  std::set<std::string> names;
  for (const auto& [name, other] : others.members()) {
    const auto* same = ours.find(name);
    if (!same || without_unrecorded_types(*same, other).dump() != other.dump()) names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE("the recorded document's frame is made again") {
  for (std::string_view name : {"openapi", "info", "servers", "tags"}) {
    CHECK(made()[name].dump() == recorded()[name].dump());
  }
  CHECK(made()["components"]["securitySchemes"].dump() ==
        recorded()["components"]["securitySchemes"].dump());
}

TEST_CASE("every path of the recorded document is made again but for those listed") {
  const std::set<std::string> uncovered = {
      "/f/bytes", "/f/file",     "/f/files",               // uploads
      "/r/file",  "/r/jsonl",    "/r/sse",   "/r/stream",  // streams
      "/r/bad",   "/r/delcookie"};                         // what only Python can return
  const std::set<std::string> different = {
      "/b/dict", "/b/list", "/b/opt",  // titled after a parameter's name, which C++ does not tell
      "/q/c",                          // a list's default, made by a function here
      "/m/multi"};                     // named after a set's first method, which is any
  std::set<std::string> listed = uncovered;
  listed.insert(different.begin(), different.end());
  CHECK(differing(made()["paths"], recorded()["paths"]) == listed);
  for (const auto& path : different) CHECK(made()["paths"].contains(path));
}

TEST_CASE("every schema of the recorded document is made again but for those listed") {
  const std::set<std::string> listed = {
      "Body_f_bytes_f_bytes_post", "Body_f_file_f_file_post",
      "Body_f_files_f_files_post",   // uploads
      "Body_s_token_s_token_post"};  // "format" stands inside of the optional client_secret
  CHECK(differing(made()["components"]["schemas"], recorded()["components"]["schemas"]) == listed);
}

// Reads arguments from a request: path, query, header, cookie, form and JSON body.
//
// Source: FastAPI 0.143, dependencies/utils.py request_params_to_args, request_body_to_args.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "http/query.hpp"
#include "json/node.hpp"
#include "plinth/error.hpp"
#include "plinth/http.hpp"
#include "routing/path_template.hpp"
#include "routing/plan.hpp"
#include "schema/errors.hpp"

namespace plinth::routing {

/// A name and a value of a query, a form, cookies or headers; valid UTF-8.
struct Field {
  std::string_view name;
  std::string_view value;
};
using Fields = std::vector<Field>;  // in the order of arrival

/// Of one request; both outlive it.
class Inputs {
 public:
  Inputs(const Request& request, const std::vector<Capture>& captures)
      : request_(request), captures_(captures) {}

  /// Parses the body, before anything else runs. Throws HttpError 400 for a malformed form.
  ///
  /// strict   a body without a content type is a text
  /// returns  the refusal when it is no body at all; when it is malformed JSON, `errors` has grown
  std::optional<HttpError> read_body(BodyKind kind, bool strict, schema::Errors& errors);

  /// Makes the argument's value at `place`, which must be blank; false when `errors` has grown.
  bool read(const PlannedArgument& argument, void* place, schema::Errors& errors);

 private:
  // What stands for the body once it is read.
  enum class Received { nothing, json, text, form };

  // One value and where it goes.
  struct Wanted {
    const detail::Type& type;
    detail::Source source;
    std::string_view name;  // in errors
    std::string_view key;   // among the fields
    void* place;
  };

  bool path(const PlannedArgument& argument, void* place, schema::Errors& errors);
  bool field(const Wanted& wanted, const Fields& fields, schema::Errors& errors);
  bool model(const PlannedArgument& argument, const Fields& fields, void* place,
             schema::Errors& errors);
  bool each_member(const PlannedArgument& argument, const Fields& fields, void* place,
                   schema::Errors& errors);
  bool json_body(const PlannedArgument& argument, void* place, schema::Errors& errors);
  bool embedded(const PlannedArgument& argument, void* place, schema::Errors& errors);
  const Fields& fields_of(detail::Source source);

  void read_form(std::string_view media_type, std::string_view content_type);
  std::optional<HttpError> read_json(schema::Errors& errors);
  std::optional<json::Node> find_values(const Fields& fields, std::string_view name, bool sequence,
                                        detail::Source source);
  json::Node model_node(const detail::Type& type, const Fields& fields, detail::Source source);
  void add_others(const Fields& fields, const std::unordered_set<std::string>& taken,
                  std::vector<json::Member>& made);

  const Fields& query();
  const Fields& cookies();
  const Fields& headers();

  const Request& request_;
  const std::vector<Capture>& captures_;
  json::Document document_;  // texts and nodes made here
  json::Document json_;      // the body's
  Received received_ = Received::nothing;
  json::Node body_;
  // Texts and the views of them, read when first asked for.
  struct Texts {
    http::Pairs pairs;
    Fields fields;
    bool read = false;
    const Fields& set(http::Pairs texts);
  };
  Texts form_;
  Texts query_;
  Texts cookies_;
  Texts headers_;
};

}  // namespace plinth::routing

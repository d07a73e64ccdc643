#include "routing/inputs.hpp"

#include <algorithm>
#include <unordered_map>

#include "http/multipart.hpp"
#include "json/utf8.hpp"
#include "schema/validate.hpp"

namespace plinth::routing {

namespace {

using detail::Kind;
using detail::Source;
using detail::Type;
using json::Node;

HttpError unreadable_body() { return HttpError(400, "There was an error parsing the body"); }

// Lists take every value of a name.
bool is_sequence(const Type& type) {
  switch (type.kind) {
    case Kind::list:
    case Kind::set:
    case Kind::tuple:
      return true;
    case Kind::optional:
      return is_sequence(type.element());
    case Kind::variant:
      return std::ranges::any_of(type.alternatives,
                                 [](detail::TypeFn choice) { return is_sequence(choice()); });
    default:
      return false;
  }
}

std::string_view wire_name(const detail::Member& member, const Type& type) {
  return type.rules && !type.rules->alias.empty() ? type.rules->alias : member.name;
}

// x_token of a struct is the header x-token.
std::string lookup_name(const detail::Member& member, const Type& type, Source source) {
  std::string name(wire_name(member, type));
  if (source == Source::header && name == member.name) std::ranges::replace(name, '_', '-');
  return name;
}

// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type_of(std::string_view content_type) {
  std::string name(content_type.substr(0, content_type.find(';')));
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

bool is_json(std::string_view media_type) {
  constexpr std::string_view application = "application/";
  if (!media_type.starts_with(application)) return false;
  auto subtype = media_type.substr(application.size());
  return subtype == "json" ||
         (subtype.ends_with("+json") && subtype.find('/') == std::string_view::npos);
}

bool is_form(std::string_view media_type) {
  return media_type == "application/x-www-form-urlencoded" || media_type == "multipart/form-data";
}

// A null input is an absent one.
bool read_value(const Type& type, const Node* input, void* place, schema::Errors& errors,
                const schema::Loc& loc) {
  if (input) return schema::validate(type, *input, place, errors, loc);
  if (type.required()) {
    errors.add_missing(loc);
    return false;
  }
  if (type.set_default) type.set_default(place);
  return true;
}

std::string_view place_name_of(Source source) {
  switch (source) {
    case Source::query:
      return "query";
    case Source::header:
      return "header";
    case Source::cookie:
      return "cookie";
    default:
      return "body";
  }
}

}  // namespace

std::optional<HttpError> Inputs::read_body(BodyKind kind, bool strict, schema::Errors& errors) {
  auto content_type = request_.header("content-type").value_or("");
  auto media_type = media_type_of(content_type);
  if (kind == BodyKind::form || (kind == BodyKind::either && is_form(media_type))) {
    received_ = Received::form;
    read_form(media_type, content_type);
    return std::nullopt;
  }
  if (request_.body.empty()) return std::nullopt;
  if (is_json(media_type) || (content_type.empty() && !strict)) return read_json(errors);

  received_ = Received::text;
  body_ = json::is_utf8(request_.body) ? Node::borrow_string(request_.body)
                                       : document_.make_string(json::repair_utf8(request_.body));
  return std::nullopt;
}

// Files are passed over; UploadFile will take them.
void Inputs::read_form(std::string_view media_type, std::string_view content_type) {
  http::Pairs pairs;
  if (media_type == "application/x-www-form-urlencoded") {
    pairs = http::parse_form(request_.body);
  } else if (media_type == "multipart/form-data") {
    for (const auto& part : http::parse_multipart(content_type, request_.body)) {
      if (!part.filename) pairs.emplace_back(part.name, part.text());
    }
  }
  form_.set(std::move(pairs));
}

std::optional<HttpError> Inputs::read_json(schema::Errors& errors) {
  json::Error error;
  if (json_.parse(request_.body, error)) {
    body_ = json_.root();
    received_ = body_.is_null() ? Received::nothing : Received::json;
    return std::nullopt;
  }
  if (error.kind == json::Error::Kind::unreadable) return unreadable_body();
  errors.add_json_invalid(error.position, error.message);
  return std::nullopt;
}

bool Inputs::read(const PlannedArgument& argument, void* place, schema::Errors& errors) {
  const auto& parameter = *argument.parameter;
  switch (parameter.source) {
    case Source::path:
      return path(argument, place, errors);
    case Source::body:
      return parameter.name.empty() ? json_body(argument, place, errors)
                                    : embedded(argument, place, errors);
    case Source::body_or_form:
      return received_ == Received::form ? model(argument, form_.fields, place, errors)
                                         : json_body(argument, place, errors);
    default:
      break;
  }
  const auto& fields = fields_of(parameter.source);
  if (parameter.each) return each_member(argument, fields, place, errors);
  if (parameter.model) return model(argument, fields, place, errors);
  auto key = argument.key.empty() ? parameter.name : std::string_view(argument.key);
  return field({*argument.type, parameter.source, parameter.name, key, place}, fields, errors);
}

bool Inputs::path(const PlannedArgument& argument, void* place, schema::Errors& errors) {
  auto name = argument.parameter->name;
  auto found = std::ranges::find(captures_, name, &Capture::name);
  auto node = Node::borrow_string(found->value);
  const schema::Loc outer("path");
  return schema::validate(*argument.type, node, place, errors, schema::Loc(outer, name));
}

bool Inputs::field(const Wanted& wanted, const Fields& fields, schema::Errors& errors) {
  auto found = find_values(fields, wanted.key, is_sequence(wanted.type), wanted.source);
  if (found && wanted.source == Source::form && found->is_string() && found->string().empty()) {
    found.reset();
  }
  const schema::Loc outer(place_name_of(wanted.source));
  return read_value(wanted.type, found ? &*found : nullptr, wanted.place, errors,
                    schema::Loc(outer, wanted.name));
}

bool Inputs::model(const PlannedArgument& argument, const Fields& fields, void* place,
                   schema::Errors& errors) {
  auto node = model_node(*argument.type, fields, argument.parameter->source);
  return schema::validate(*argument.type, node, place, errors,
                          schema::Loc(place_name_of(argument.parameter->source)));
}

bool Inputs::each_member(const PlannedArgument& argument, const Fields& fields, void* place,
                         schema::Errors& errors) {
  bool good = true;
  for (const auto& member : argument.type->members) {
    const Type& type = member.type();
    auto name = wire_name(member, type);
    auto* member_place = static_cast<std::byte*>(place) + member.offset;
    good =
        field({type, argument.parameter->source, name, name, member_place}, fields, errors) && good;
  }
  return good;
}

bool Inputs::json_body(const PlannedArgument& argument, void* place, schema::Errors& errors) {
  return read_value(*argument.type, received_ == Received::nothing ? nullptr : &body_, place,
                    errors, schema::Loc("body"));
}

bool Inputs::embedded(const PlannedArgument& argument, void* place, schema::Errors& errors) {
  auto name = argument.parameter->name;
  const schema::Loc outer("body");
  const schema::Loc loc(outer, name);
  if (received_ == Received::json && !body_.is_object()) {
    errors.add_missing(loc);
    return false;
  }
  const Node* member = received_ == Received::json ? body_.find(name) : nullptr;
  return read_value(*argument.type, member && !member->is_null() ? member : nullptr, place, errors,
                    loc);
}

const Fields& Inputs::fields_of(Source source) {
  switch (source) {
    case Source::query:
      return query();
    case Source::header:
      return headers();
    case Source::cookie:
      return cookies();
    default:
      return form_.fields;
  }
}

std::optional<Node> Inputs::find_values(const Fields& fields, std::string_view name, bool sequence,
                                        Source source) {
  if (sequence && source != Source::cookie) {
    std::vector<Node> items;
    for (const auto& field : fields) {
      if (field.name == name) items.push_back(Node::borrow_string(field.value));
    }
    if (items.empty()) return std::nullopt;
    return document_.make_array(items);
  }
  // Of a header the first counts, of all else the last.
  std::optional<Node> found;
  for (const auto& field : fields) {
    if (field.name != name) continue;
    found = Node::borrow_string(field.value);
    if (source == Source::header) break;
  }
  return found;
}

Node Inputs::model_node(const Type& type, const Fields& fields, Source source) {
  std::vector<json::Member> made;
  std::unordered_set<std::string> taken;
  std::vector<const detail::Member*> absent;
  bool incomplete = type.check_model != nullptr;
  for (const auto& member : type.members) {
    const Type& member_type = member.type();
    auto name = wire_name(member, member_type);
    auto lookup = lookup_name(member, member_type, source);
    if (auto found = find_values(fields, lookup, is_sequence(member_type), source)) {
      made.push_back({Node::borrow_string(name), *found});
    } else {
      absent.push_back(&member);
      incomplete = incomplete || member_type.required();
    }
    taken.insert(std::move(lookup));
    taken.emplace(name);
  }
  // An error shows the whole input, and FastAPI puts the defaults into it.
  for (const auto* member : absent) {
    const Type& member_type = member->type();
    if (!incomplete || !member_type.rules || !member_type.rules->default_json) continue;
    auto text = member_type.rules->default_json();
    made.push_back(
        {Node::borrow_string(wire_name(*member, member_type)), document_.make(Json::parse(text))});
  }
  add_others(fields, taken, made);
  return document_.make_object(made);
}

// The fields that no member asked for: one value, or a list of them.
void Inputs::add_others(const Fields& fields, const std::unordered_set<std::string>& taken,
                        std::vector<json::Member>& made) {
  std::vector<std::string_view> names;
  std::unordered_map<std::string_view, std::vector<Node>> others;
  for (const auto& field : fields) {
    if (taken.contains(std::string(field.name))) continue;
    auto& values = others[field.name];
    if (values.empty()) names.push_back(field.name);
    values.push_back(Node::borrow_string(field.value));
  }
  for (auto name : names) {
    const auto& values = others[name];
    made.push_back({Node::borrow_string(name),
                    values.size() == 1 ? values.front() : document_.make_array(values)});
  }
}

const Fields& Inputs::Texts::set(http::Pairs texts) {
  pairs = std::move(texts);
  fields.clear();
  for (const auto& [name, value] : pairs) fields.push_back({name, value});
  read = true;
  return fields;
}

const Fields& Inputs::query() {
  return query_.read ? query_.fields : query_.set(http::parse_query(request_.query_string));
}
const Fields& Inputs::cookies() {
  return cookies_.read ? cookies_.fields : cookies_.set(http::parse_cookies(request_));
}
const Fields& Inputs::headers() {
  if (headers_.read) return headers_.fields;
  for (const auto& [name, value] : request_.headers) {
    bool ascii = std::ranges::all_of(value, [](char c) { return (c & 0x80) == 0; });
    headers_.fields.push_back(
        {name, ascii ? value : document_.make_string(http::latin1_to_utf8(value)).string()});
  }
  headers_.read = true;
  return headers_.fields;
}

}  // namespace plinth::routing

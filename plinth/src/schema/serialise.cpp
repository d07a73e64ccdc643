#include "schema/serialise.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "formats/datetime.hpp"
#include "formats/decimal.hpp"
#include "json/writer.hpp"
#include "plinth/datetime.hpp"
#include "plinth/values.hpp"

namespace plinth::schema {

using detail::Kind;
using detail::Member;
using detail::Type;

namespace {

class Serialiser {
 public:
  Serialiser(std::string& out, const WriteOptions& options)
      : out_(out),
        options_(options),
        floats_(options.style == Style::model ? json::Floats::pydantic : json::Floats::python) {}

  void value(const Type& type, const void* p);

 private:
  bool plain() const { return options_.style == Style::plain; }
  void quoted(std::string_view text) { json::append_quoted(out_, text); }
  template <class Integer>
  void integer(const void* p) {
    char buffer[24];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, *static_cast<const Integer*>(p)).ptr;
    out_.append(buffer, end);
  }
  void number(double number);
  void scalar(const Type& type, const void* p);
  void moment(const Type& type, const void* p);
  void enumerator(const Type& type, const void* p);
  void object(const Type& type, const void* p);
  void items(const Type& type, const void* p);
  void map(const Type& type, const void* p);
  void key(const Type& type, const void* p);
  bool left_out(const Member& member, const void* p) const;

  std::string& out_;
  const WriteOptions& options_;
  json::Floats floats_;
};

void Serialiser::value(const Type& type, const void* p) {
  switch (type.kind) {
    case Kind::optional:
      if (type.container.size(p) == 0) {
        out_ += "null";
      } else {
        value(type.element(), type.container.at(p, 0));
      }
      break;
    case Kind::list:
    case Kind::set:
    case Kind::tuple:
      items(type, p);
      break;
    case Kind::map:
      map(type, p);
      break;
    case Kind::variant:
      value(type.alternatives[type.container.size(p)](), type.container.at(p, 0));
      break;
    case Kind::object:
      object(type, p);
      break;
    case Kind::any:
      json::Writer(out_, floats_).value(*static_cast<const Json*>(p));
      break;
    case Kind::none:
      out_ += "null";
      break;
    default:
      scalar(type, p);
  }
}

void Serialiser::scalar(const Type& type, const void* p) {
  switch (type.kind) {
    case Kind::boolean:
      out_ += *static_cast<const bool*>(p) ? "true" : "false";
      break;
    case Kind::int8:
      return integer<std::int8_t>(p);
    case Kind::int16:
      return integer<std::int16_t>(p);
    case Kind::int32:
      return integer<std::int32_t>(p);
    case Kind::int64:
      return integer<std::int64_t>(p);
    case Kind::uint8:
      return integer<std::uint8_t>(p);
    case Kind::uint16:
      return integer<std::uint16_t>(p);
    case Kind::uint32:
      return integer<std::uint32_t>(p);
    case Kind::uint64:
      return integer<std::uint64_t>(p);
    case Kind::float32: {
      // The shortest text that gives this float back, as a double that prints so.
      char buffer[32];
      auto end = std::to_chars(buffer, buffer + sizeof buffer, *static_cast<const float*>(p)).ptr;
      double widened = *static_cast<const float*>(p);
      if (std::isfinite(widened)) std::from_chars(buffer, end, widened);
      return number(widened);
    }
    case Kind::float64:
      return number(*static_cast<const double*>(p));
    case Kind::string:
    case Kind::literal:
      return quoted(*static_cast<const std::string*>(p));
    case Kind::bytes:
      return quoted(static_cast<const Bytes*>(p)->data);
    case Kind::email:
      return quoted(static_cast<const Email*>(p)->str());
    case Kind::url:
      return quoted(static_cast<const Url*>(p)->str());
    case Kind::secret: {
      bool empty = static_cast<const Secret*>(p)->get_secret_value().empty();
      out_ += empty ? "\"\"" : "\"**********\"";
      break;
    }
    case Kind::uuid:
      return quoted(static_cast<const Uuid*>(p)->str());
    case Kind::decimal: {
      const auto& decimal = *static_cast<const Decimal*>(p);
      if (plain()) {
        out_ += formats::decimal_as_number(decimal);
      } else {
        quoted(decimal.text);
      }
      break;
    }
    case Kind::enumeration:
      return enumerator(type, p);
    default:
      moment(type, p);
  }
}

void Serialiser::number(double number) {
  if (std::isfinite(number)) {
    json::append_float(out_, number, floats_);
  } else {
    out_ += "null";
  }
}

void Serialiser::moment(const Type& type, const void* p) {
  switch (type.kind) {
    case Kind::date_time: {
      const auto& moment = *static_cast<const DateTime*>(p);
      return quoted(plain() ? formats::python_iso(moment) : moment.iso());
    }
    case Kind::date:
      return quoted(static_cast<const Date*>(p)->iso());
    case Kind::time: {
      const auto& time = *static_cast<const Time*>(p);
      return quoted(plain() ? formats::python_iso(time) : time.iso());
    }
    case Kind::duration: {
      const auto& duration = *static_cast<const Duration*>(p);
      if (plain()) return number(formats::total_seconds(duration));
      return quoted(duration.iso());
    }
    default:
      out_ += "null";
  }
}

template <class Integer>
std::int64_t loaded(const void* p) {
  Integer value;
  std::memcpy(&value, p, sizeof value);
  return static_cast<std::int64_t>(value);
}

void Serialiser::enumerator(const Type& type, const void* p) {
  std::int64_t held = type.size == 1   ? loaded<std::int8_t>(p)
                      : type.size == 2 ? loaded<std::int16_t>(p)
                      : type.size == 4 ? loaded<std::int32_t>(p)
                                       : loaded<std::int64_t>(p);
  if (type.integer_enum) {
    out_ += std::to_string(held);
    return;
  }
  for (const auto& row : type.enumerators) {
    if (row.value == held) return quoted(row.name);
  }
  out_ += "null";
}

void Serialiser::object(const Type& type, const void* p) {
  out_ += '{';
  bool first = true;
  for (const Member& member : type.members) {
    const void* held = static_cast<const std::byte*>(p) + member.offset;
    if (left_out(member, held)) continue;
    if (!first) out_ += ',';
    first = false;
    quoted(options_.by_alias ? member.wire : member.name);
    out_ += ':';
    value(*member.resolved, held);
  }
  out_ += '}';
}

bool Serialiser::left_out(const Member& member, const void* p) const {
  if (member.rules != nullptr && member.rules->exclude) return true;
  if (!options_.exclude_none && !options_.exclude_defaults) return false;
  const Type& type = *member.resolved;
  bool is_null = (type.kind == Kind::optional && type.container.size(p) == 0) ||
                 (type.kind == Kind::any && static_cast<const Json*>(p)->is_null());
  if (options_.exclude_none && is_null) return true;
  if (!options_.exclude_defaults) return false;
  bool has_default = member.rules != nullptr && member.rules->default_json != nullptr;
  if (!has_default) return is_null && !type.required();
  std::string text;
  write(type, p, text);
  return text == member.rules->default_json();
}

void Serialiser::items(const Type& type, const void* p) {
  out_ += '[';
  if (type.kind == Kind::set) {
    struct Each {
      Serialiser& self;
      const Type& element;
      bool first;
    } each{*this, type.element(), true};
    type.container.each(p, &each, [](void* context, const void*, const void* item) {
      auto& [self, element, first] = *static_cast<Each*>(context);
      if (!first) self.out_ += ',';
      first = false;
      self.value(element, item);
    });
  } else {
    bool is_tuple = type.kind == Kind::tuple;
    std::size_t size = is_tuple ? type.alternatives.size() : type.container.size(p);
    for (std::size_t i = 0; i < size; ++i) {
      if (i > 0) out_ += ',';
      value(is_tuple ? type.alternatives[i]() : type.element(), type.container.at(p, i));
    }
  }
  out_ += ']';
}

void Serialiser::map(const Type& type, const void* p) {
  struct Each {
    Serialiser& self;
    const Type& key;
    const Type& element;
    bool first;
  } each{*this, type.key(), type.element(), true};
  out_ += '{';
  type.container.each(p, &each, [](void* context, const void* held_key, const void* held) {
    auto& [self, key, element, first] = *static_cast<Each*>(context);
    if (!first) self.out_ += ',';
    first = false;
    self.key(key, held_key);
    self.out_ += ':';
    self.value(element, held);
  });
  out_ += '}';
}

// JSON has texts as keys only: others are written as their text.
void Serialiser::key(const Type& type, const void* p) {
  std::size_t start = out_.size();
  value(type, p);
  if (out_[start] != '"') {
    out_.insert(start, 1, '"');
    out_ += '"';
  }
}

}  // namespace

void write(const Type& type, const void* value, std::string& out, const WriteOptions& options) {
  Serialiser(out, options).value(type, value);
}

}  // namespace plinth::schema

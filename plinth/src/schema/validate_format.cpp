// Texts and numbers with a format: dates, UUIDs, decimals, addresses.
#include "formats/datetime.hpp"
#include "formats/decimal.hpp"
#include "formats/url.hpp"
#include "formats/uuid.hpp"
#include "json/writer.hpp"
#include "schema/validator.hpp"

namespace plinth::schema {

using detail::Bound;

bool Validator::url(const Task& task) {
  if (!task.input.is_string()) {
    return fail(task, "url_type", "URL input should be a string or URL");
  }
  if (!usable_text(task)) return false;
  floor(Exactness::lax);
  return take(task, formats::url_from_text(task.input.string())) &&
         value_length(task, task.as<Url>().str());
}

bool Validator::uuid(const Task& task) {
  if (!task.input.is_string()) {
    return fail(task, "uuid_type", "UUID input should be a string, bytes or UUID object");
  }
  if (!usable_text(task)) return false;
  floor(Exactness::lax);
  return take(task, formats::uuid_from_text(task.input.string()));
}

namespace {
bool is_any_number(const json::Node& input) {
  return input.is_integer() || input.is_big_integer() || input.is_number();
}
}  // namespace

// Numbers are times in lax mode only. A strict struct still takes texts: JSON has nothing else.
template <class T>
bool Validator::temporal(const Task& task, const TimeCodec<T>& codec) {
  const auto& input = task.input;
  floor(Exactness::lax);
  if (input.is_string()) return usable_text(task) && take(task, codec.from_text(input.string()));
  if (task.strict || !is_any_number(input)) return fail(task, codec.type, codec.message);
  return input.is_integer() ? take(task, codec.from_integer(input.integer()))
                            : take(task, codec.from_number(input.number()));
}

bool Validator::date_time(const Task& task) {
  return temporal<DateTime>(
      task, {formats::datetime_from_text, formats::datetime_from_integer,
             formats::datetime_from_number, "datetime_type", "Input should be a valid datetime"});
}

bool Validator::date(const Task& task) {
  return temporal<Date>(
      task, {formats::date_from_text, formats::date_from_integer, formats::date_from_number,
             "date_type", "Input should be a valid date"});
}

bool Validator::time(const Task& task) {
  return temporal<Time>(
      task, {formats::time_from_text, formats::time_from_integer, formats::time_from_number,
             "time_type", "Input should be a valid time"});
}

bool Validator::duration(const Task& task) {
  if (task.input.is_boolean() && !task.strict) {  // to Python, True is the number 1
    floor(Exactness::lax);
    return take(task, formats::duration_from_integer(task.input.boolean() ? 1 : 0));
  }
  return temporal<Duration>(task, {formats::duration_from_text, formats::duration_from_integer,
                                   formats::duration_from_number, "time_delta_type",
                                   "Input should be a valid timedelta"});
}

bool Validator::decimal(const Task& task) {
  const auto& input = task.input;
  floor(Exactness::lax);
  bool taken = false;
  if (input.is_string()) {
    taken = usable_text(task) && take(task, formats::decimal_from_text(input.string()));
  } else if (input.is_integer()) {
    taken = take(task, formats::decimal_from_text(std::to_string(input.integer())));
  } else if (input.is_big_integer()) {
    taken = take(task, formats::decimal_from_text(input.literal()));
  } else if (input.is_number()) {
    taken = take(task, formats::decimal_from_number(input.number()));
  } else {
    return fail(task, "decimal_type",
                "Decimal input should be an integer, float, string or Decimal object");
  }
  return taken && decimal_rules(task);
}

namespace {

Decimal decimal_of(const Bound& bound) {
  std::string text;
  if (bound.is_integer) {
    text = std::to_string(bound.integer);
  } else {
    json::append_float(text, bound.number, json::Floats::python);
  }
  return *formats::decimal_from_text(text);
}

}  // namespace

bool Validator::decimal_rules(const Task& task) {
  const auto& rules = task.rules;
  const auto& value = task.as<Decimal>();
  auto digits = formats::check_digits(value, rules.max_digits, rules.decimal_places);
  if (!digits.type.empty()) return fail(task, digits);

  auto refuse = [&](std::string_view type, std::string_view words, std::string_view key,
                    const Bound& bound) {
    Decimal limit = decimal_of(bound);
    return fail(task, type, std::string(words) + limit.text,
                Context().raw(key, formats::decimal_as_number(limit)).take());
  };
  auto side = [&](const Bound& bound) { return formats::compare(value, decimal_of(bound)); };
  if (rules.multiple_of.present && !formats::is_multiple(value, decimal_of(rules.multiple_of))) {
    return refuse("multiple_of", "Input should be a multiple of ", "multiple_of",
                  rules.multiple_of);
  }
  if (rules.le.present && side(rules.le) > 0) {
    return refuse("less_than_equal", "Input should be less than or equal to ", "le", rules.le);
  }
  if (rules.lt.present && side(rules.lt) >= 0) {
    return refuse("less_than", "Input should be less than ", "lt", rules.lt);
  }
  if (rules.ge.present && side(rules.ge) < 0) {
    return refuse("greater_than_equal", "Input should be greater than or equal to ", "ge",
                  rules.ge);
  }
  if (rules.gt.present && side(rules.gt) <= 0) {
    return refuse("greater_than", "Input should be greater than ", "gt", rules.gt);
  }
  return true;
}

}  // namespace plinth::schema

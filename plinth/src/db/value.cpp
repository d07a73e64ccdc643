// Values to and from the members of objects, by the table of their type.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

#include "db/value.hpp"
#include "plinth/session.hpp"

namespace plinth::db {

using detail::Kind;
using detail::Type;

namespace {

template <class T>
const T& at(const void* object) {
  return *static_cast<const T*>(object);
}

std::int64_t read_integer(const void* object, std::size_t size) {
  switch (size) {
    case 1:
      return at<std::int8_t>(object);
    case 2:
      return at<std::int16_t>(object);
    case 4:
      return at<std::int32_t>(object);
    default:
      return at<std::int64_t>(object);
  }
}

void write_integer(void* place, std::size_t size, std::int64_t value) {
  std::memcpy(place, &value, size);  // little-endian: the low bytes come first
}

Value encode_unsigned(std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw DataError("an integer above 9223372036854775807 cannot be stored");
  }
  return static_cast<std::int64_t>(value);
}

Value encode_enumerator(const Type& type, const void* object) {
  const auto value = read_integer(object, type.size);
  if (type.integer_enum) return value;
  for (const auto& enumerator : type.enumerators) {
    if (enumerator.value == value) return std::string(enumerator.name);
  }
  throw DataError(std::string(type.name) + " has no enumerator of value " + std::to_string(value));
}

Value encode_list(const Type& type, const void* object) {
  Array array;
  const auto count = type.container.size(object);
  array.items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    array.items.push_back({encode(type.element(), type.container.at(object, i))});
  }
  return array;
}

}  // namespace

Value encode(const Type& type, const void* object) {
  switch (type.kind) {
    case Kind::boolean:
      return at<bool>(object);
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
      return read_integer(object, type.size);
    case Kind::uint8:
      return encode_unsigned(at<std::uint8_t>(object));
    case Kind::uint16:
      return encode_unsigned(at<std::uint16_t>(object));
    case Kind::uint32:
      return encode_unsigned(at<std::uint32_t>(object));
    case Kind::uint64:
      return encode_unsigned(at<std::uint64_t>(object));
    case Kind::float32:
      return static_cast<double>(at<float>(object));
    case Kind::float64:
      return at<double>(object);
    case Kind::string:
    case Kind::literal:
      return at<std::string>(object);
    case Kind::email:
      return at<Email>(object).str();
    case Kind::url:
      return at<plinth::Url>(object).str();
    case Kind::bytes:
      return at<Bytes>(object);
    case Kind::date_time:
      return at<DateTime>(object);
    case Kind::date:
      return at<Date>(object);
    case Kind::time:
      return at<Time>(object);
    case Kind::duration:
      return at<Duration>(object);
    case Kind::uuid:
      return at<Uuid>(object);
    case Kind::decimal:
      return at<Decimal>(object);
    case Kind::any:
      return at<Json>(object);
    case Kind::enumeration:
      return encode_enumerator(type, object);
    case Kind::list:
      return encode_list(type, object);
    case Kind::optional:
      if (type.container.size(object) == 0) return {};
      return encode(type.element(), type.container.at(object, 0));
    default:
      throw std::logic_error("a value of this type cannot be stored");
  }
}

namespace {

struct Misfit {
  std::string why;
};

template <class T>
T& taken(Value& value, const char* wanted) {
  if (auto* held = std::get_if<T>(&value)) return *held;
  throw Misfit{"is no " + std::string(wanted)};
}

void assign_integer(const Type& type, Value& value, void* place) {
  const auto number = taken<std::int64_t>(value, "integer");
  const bool is_unsigned = type.kind >= Kind::uint8 && type.kind <= Kind::uint64;
  const auto bits = 8 * type.size;
  bool fits = !is_unsigned || number >= 0;
  if (bits < 64) {
    const auto high = std::int64_t{1} << (is_unsigned ? bits : bits - 1);
    fits = fits && number < high && (is_unsigned || number >= -high);
  }
  if (!fits) throw Misfit{"is " + std::to_string(number) + ", which its C++ type cannot hold"};
  write_integer(place, type.size, number);
}

double taken_number(Value& value) {
  if (auto* integer = std::get_if<std::int64_t>(&value)) {
    const auto number = static_cast<double>(*integer);
    if (std::abs(number) > 9007199254740992.0) throw Misfit{"is too large for a double"};
    return number;
  }
  return taken<double>(value, "number");
}

void assign_enumerator(const Type& type, Value& value, void* place) {
  if (type.integer_enum) {
    const auto number = taken<std::int64_t>(value, "integer");
    for (const auto& enumerator : type.enumerators) {
      if (enumerator.value == number) return write_integer(place, type.size, number);
    }
    throw Misfit{"is " + std::to_string(number) + ", no enumerator of " + std::string(type.name)};
  }
  const auto& name = taken<std::string>(value, "text");
  for (const auto& enumerator : type.enumerators) {
    if (enumerator.name == name) return write_integer(place, type.size, enumerator.value);
  }
  throw Misfit{"is \"" + name + "\", no enumerator of " + std::string(type.name)};
}

template <class T>
void move_in(Value& value, void* place, const char* wanted) {
  *static_cast<T*>(place) = std::move(taken<T>(value, wanted));
}

void assign(const Type& type, Value& value, void* place);

void assign_list(const Type& type, Value& value, void* place) {
  auto& items = taken<Array>(value, "array").items;
  type.container.clear(place);
  for (std::size_t i = 0; i < items.size(); ++i) {
    try {
      assign(type.element(), items[i].value, type.container.append(place));
    } catch (const Misfit& misfit) {
      throw Misfit{"has an item " + std::to_string(i) + " that " + misfit.why};
    }
  }
}

float taken_float(Value& value) {
  const double number = taken_number(value);
  if (std::isfinite(number) && std::abs(number) > double{std::numeric_limits<float>::max()}) {
    throw Misfit{"is too large for a float"};
  }
  return static_cast<float>(number);
}

void assign(const Type& type, Value& value, void* place) {
  if (type.kind == Kind::optional) {
    type.container.clear(place);
    if (!std::holds_alternative<std::monostate>(value)) {
      assign(type.element(), value, type.container.append(place));
    }
    return;
  }
  if (std::holds_alternative<std::monostate>(value)) {
    throw Misfit{"is NULL, and its C++ type is not std::optional"};
  }
  switch (type.kind) {
    case Kind::boolean:
      return move_in<bool>(value, place, "boolean");
    case Kind::float32:
      *static_cast<float*>(place) = taken_float(value);
      return;
    case Kind::float64:
      *static_cast<double*>(place) = taken_number(value);
      return;
    case Kind::string:
    case Kind::literal:
      return move_in<std::string>(value, place, "text");
    case Kind::email:
      *static_cast<Email*>(place) = Email(std::move(taken<std::string>(value, "text")));
      return;
    case Kind::url:
      *static_cast<plinth::Url*>(place) = plinth::Url(std::move(taken<std::string>(value, "text")));
      return;
    case Kind::bytes:
      return move_in<Bytes>(value, place, "blob");
    case Kind::date_time:
      return move_in<DateTime>(value, place, "date and time");
    case Kind::date:
      return move_in<Date>(value, place, "date");
    case Kind::time:
      return move_in<Time>(value, place, "time");
    case Kind::duration:
      return move_in<Duration>(value, place, "interval");
    case Kind::uuid:
      return move_in<Uuid>(value, place, "UUID");
    case Kind::decimal:
      return move_in<Decimal>(value, place, "decimal number");
    case Kind::any:
      return move_in<Json>(value, place, "JSON");
    case Kind::enumeration:
      return assign_enumerator(type, value, place);
    case Kind::list:
      return assign_list(type, value, place);
    default:
      return assign_integer(type, value, place);
  }
}

// "1.1" of NUMERIC(10, 2) is "1.10", as PostgreSQL has it.
void fill_places(Value& value, std::int32_t places) {
  auto* decimal = std::get_if<Decimal>(&value);
  if (!decimal || decimal->text.find('E') != std::string::npos) return;
  auto& text = decimal->text;
  auto point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
    text += '.';
  }
  const auto wanted = point + 1 + static_cast<std::size_t>(places);
  if (text.size() < wanted) text.resize(wanted, '0');
}

// Numbers of rows; a thread takes a thousand at a time.
Origin next_row() {
  static std::atomic<Origin> blocks{0};
  constexpr Origin block = 1024;
  thread_local Origin next = 0;
  thread_local Origin end = 0;
  if (next == end) {
    next = blocks.fetch_add(block, std::memory_order_relaxed);
    end = next + block;
    if (next < first_row) next = first_row;
  }
  return next++;
}

}  // namespace

namespace {
bool is_absent(std::span<const Value> values) {
  auto is_null = [](const Value& value) { return std::holds_alternative<std::monostate>(value); };
  return std::all_of(values.begin(), values.end(), is_null);
}
}  // namespace

std::string name_of(const Cell& cell) {
  if (cell.table.empty()) return cell.column.empty() ? "a column" : std::string(cell.column);
  return std::string(cell.table) + "." + std::string(cell.column);
}

void check_width(std::span<const Cell> cells, std::size_t width) {
  if (cells.empty() || cells.size() == width) return;
  throw ProgrammingError("a row has " + std::to_string(width) + " columns, but " +
                         std::to_string(cells.size()) + " are wanted");
}

void assign_row(std::span<const Cell> cells, std::span<Value> values, void* object) {
  check_width(cells, values.size());
  auto* base = static_cast<std::byte*>(object);
  const Origin row = next_row();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].make_absent && is_absent(values.subspan(i, cells[i].cells_of_object))) {
      cells[i].make_absent(base + cells[i].object_offset);
      i += cells[i].cells_of_object - 1;
      continue;
    }
    if (cells[i].decimal_places > 0) fill_places(values[i], cells[i].decimal_places);
    try {
      assign(cells[i].type(), values[i], base + cells[i].offset);
    } catch (const Misfit& misfit) {
      throw DatabaseError(name_of(cells[i]) + " " + misfit.why);
    }
    if (cells[i].origin_offset != Cell::no_origin) {
      *reinterpret_cast<Origin*>(base + cells[i].origin_offset) = row;
    }
  }
}

void ValueRows::add(std::span<Value> row) {
  rows.emplace_back(std::make_move_iterator(row.begin()), std::make_move_iterator(row.end()));
}

Cell cell_of(const Table& table, const Column& column, std::size_t offset) {
  return {.type = column.type,
          .offset = offset + column.offset,
          .origin_offset = offset + column.origin_offset,
          .table = table.name,
          .column = column.name,
          .decimal_places = column.decimal_places};
}

void append_cells(std::vector<Cell>& cells, const Table& table, std::size_t offset) {
  for (const Column& column : table.columns) cells.push_back(cell_of(table, column, offset));
}

Origin& origin_of(const Column& column, void* object) {
  return *reinterpret_cast<Origin*>(static_cast<std::byte*>(object) + column.origin_offset);
}

Origin origin_of(const Column& column, const void* object) {
  return *reinterpret_cast<const Origin*>(static_cast<const std::byte*>(object) +
                                          column.origin_offset);
}

void mark_as_read(const Table& table, void* object) {
  const Origin row = next_row();
  for (const Column& column : table.columns) origin_of(column, object) = row;
}

Value value_of(const Table& table, const Column& column, const void* object) {
  try {
    return encode(column.type(), static_cast<const std::byte*>(object) + column.offset);
  } catch (const DataError& error) {
    throw DataError(std::string(table.name) + "." + std::string(column.name) + ": " + error.what());
  }
}

Fragment assigned_fragment(std::string_view table, std::string_view column,
                           const detail::Type& type, const void* object) {
  try {
    return parameter_fragment(encode(type, object));
  } catch (const DataError& error) {
    throw DataError(std::string(table) + "." + std::string(column) + ": " + error.what());
  }
}

std::vector<Assignment> given_values(const Table& table, const void* object) {
  std::vector<Assignment> values;
  for (const Column& column : table.columns) {
    if (origin_of(column, object) == absent) continue;
    values.push_back({column.name, parameter_fragment(value_of(table, column, object))});
  }
  return values;
}

}  // namespace plinth::db

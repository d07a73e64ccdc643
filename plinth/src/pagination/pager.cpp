// A page of a query: its order, its rows by offset or by cursor, and what the response says of it.
#include <algorithm>
#include <new>

#include "pagination/cursor.hpp"
#include "pagination/links.hpp"
#include "plinth/error.hpp"
#include "plinth/pagination.hpp"

namespace plinth::detail {

using pagination::Cursor;

namespace {

struct Item {
  std::string_view name;
  const db::Column* column;
  bool descending;
};

[[noreturn]] void refuse(std::string_view parameter, const std::string& why, Json input) {
  auto error = Json::object({{"type", "value_error"},
                             {"loc", Json::array({"query", parameter})},
                             {"msg", "Value error, " + why},
                             {"input", std::move(input)},
                             {"ctx", Json::object({{"error", Json::object({})}})}});
  throw HttpError(422, Json::array({std::move(error)}));
}

const db::Column& column_of(const db::Table& table, std::string_view name) {
  for (const auto& column : table.columns) {
    if (column.name == name) return column;
  }
  throw std::logic_error("no such column");
}

bool has_item(const std::vector<Item>& items, const db::Column& column) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Item& item) { return item.column == &column; });
}

std::vector<Item> parse_order(std::string_view text, const db::Table& table,
                              std::span<const OrderField> fields, const std::string& input) {
  std::vector<Item> items;
  while (true) {
    const auto comma = text.find(',');
    auto name = text.substr(0, comma);
    const bool descending = name.starts_with('-');
    if (descending) name.remove_prefix(1);
    const auto* field = std::find_if(fields.data(), fields.data() + fields.size(),
                                     [&](const OrderField& one) { return one.name == name; });
    if (field == fields.data() + fields.size()) {
      std::string allowed;
      for (const auto& one : fields)
        allowed += (allowed.empty() ? "" : ", ") + std::string(one.name);
      refuse("order_by", "unknown field; the list is ordered by " + allowed, input);
    }
    const auto& column = column_of(table, field->column);
    if (has_item(items, column)) refuse("order_by", "a field is named twice", input);
    items.push_back({field->name, &column, descending});
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

// Rows that are equal in all else are told apart by the primary key, in the direction of the last
// field.
void add_key(std::vector<Item>& items, const db::Table& table) {
  const bool descending = !items.empty() && items.back().descending;
  bool found = false;
  for (const auto& column : table.columns) {
    if (!column.rules.primary_key) continue;
    found = true;
    if (!has_item(items, column)) items.push_back({column.name, &column, descending});
  }
  if (!found) {
    throw ProgrammingError("paginate(): the table " + std::string(table.name) +
                           " has no primary key");
  }
}

std::string order_text(const std::vector<Item>& items) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ',';
    if (item.descending) text += '-';
    text += item.name;
  }
  return text;
}

bool is_nullable_column(const db::Column& column) { return column.type().kind == Kind::optional; }

// The value of a cursor, if it is one that the column can have.
std::optional<db::Value> value_of_text(const db::Column& column, const std::string& text) {
  const Type& type = column.type();
  std::vector<std::byte> storage(type.size + type.align);
  void* place = storage.data();
  std::size_t space = storage.size();
  place = std::align(type.align, type.size, place, space);
  type.make_blank(place);
  std::optional<db::Value> value;
  try {
    read_json(type, text, place);
    value = db::encode(type, place);
  } catch (const std::exception&) {  // whatever is wrong with it, it is no cursor of ours
  }
  type.destroy(place);
  return value;
}

}  // namespace

struct Pager::State {
  Asked asked;
  std::vector<Item> items;
  std::string secret;
  std::optional<Cursor> cursor;   // none: by offset
  std::vector<db::Value> values;  // of the cursor

  bool reversed() const { return cursor && cursor->from != Cursor::From::after; }
  void read_cursor();
  std::string cursor_for(Cursor::From from, const void* row) const;
};

void Pager::State::read_cursor() {
  if (!asked.cursor) return;
  if (asked.offset != 0) refuse("offset", "give a cursor or an offset, not both", asked.offset);
  if (asked.cursor->empty()) {
    cursor = Cursor();
    return;
  }
  auto read = pagination::decode_cursor(*asked.cursor, secret);
  auto fail = [&] { refuse("cursor", "this is no cursor of this list", *asked.cursor); };
  if (!read || read->order != order_text(items)) fail();
  if (!read->values.empty() && read->values.size() != items.size()) fail();
  for (std::size_t i = 0; i < read->values.size(); ++i) {
    auto value = value_of_text(*items[i].column, read->values[i]);
    if (!value) fail();
    values.push_back(std::move(*value));
  }
  cursor = std::move(read);
}

std::string Pager::State::cursor_for(Cursor::From from, const void* row) const {
  Cursor made{.from = from, .order = order_text(items), .values = {}};
  if (row && from != Cursor::From::end) {
    for (const auto& item : items) {
      const auto* value = static_cast<const std::byte*>(row) + item.column->offset;
      made.values.push_back(json_of(item.column->type(), value));
    }
  }
  return pagination::encode_cursor(made, secret);
}

Pager::Pager(Asked asked, const db::Table& table, std::span<const OrderField> fields,
             const PageOptions& options)
    : state_(std::make_unique<State>()) {
  auto& state = *state_;
  state.asked = std::move(asked);
  state.secret = options.secret;
  if (state.asked.order_by) {
    state.items = parse_order(*state.asked.order_by, table, fields, *state.asked.order_by);
  } else if (!options.default_order.empty()) {
    state.items = parse_order(options.default_order, table, fields, {});
  }
  add_key(state.items, table);
  state.read_cursor();
}
Pager::~Pager() = default;
Pager::Pager(Pager&&) noexcept = default;

bool Pager::is_reversed() const { return state_->reversed(); }
std::size_t Pager::limit() const { return static_cast<std::size_t>(state_->asked.limit); }

namespace {

db::Fragment column_sql(const db::Query& query, const Item& item) {
  const auto source = query.name.empty() ? query.table->name : query.name;
  return db::column_fragment(source, item.column->name);
}

bool is_null(const db::Value& value) { return std::holds_alternative<std::monostate>(value); }

// Equal to the cursor's value.
db::Fragment same(const db::Query& query, const Item& item, const db::Value& value) {
  auto column = column_sql(query, item);
  if (is_null(value)) return db::wrapped("", std::move(column), " IS NULL");
  return db::joined(std::move(column), " = ", db::parameter_fragment(value));
}

// Behind the cursor's value; NULL is the largest. Empty when nothing can be.
db::Fragment behind(const db::Query& query, const Item& item, const db::Value& value,
                    bool descending) {
  auto column = column_sql(query, item);
  if (is_null(value)) {
    return descending ? db::wrapped("", std::move(column), " IS NOT NULL") : db::Fragment();
  }
  auto sql = db::joined(column, descending ? " < " : " > ", db::parameter_fragment(value));
  if (descending || !is_nullable_column(*item.column)) return sql;
  sql = db::joined(std::move(sql), " OR ", std::move(column));
  return db::wrapped("(", std::move(sql), " IS NULL)");
}

// (a, b) > (?, ?): what an index on (a, b) is read by.
db::Fragment behind_together(const db::Query& query, const std::vector<Item>& items,
                             const std::vector<db::Value>& values, bool descending) {
  db::Fragment left;
  db::Fragment right;
  for (std::size_t i = 0; i < items.size(); ++i) {
    db::append(left, ", ", column_sql(query, items[i]));
    db::append(right, ", ", db::parameter_fragment(values[i]));
  }
  return db::wrapped(
      "(", db::joined(std::move(left), descending ? ") < (" : ") > (", std::move(right)), ")");
}

// Rows that come after these values: behind in the first, or the same there and behind in the
// second, and so on.
db::Fragment rows_behind(const db::Query& query, const std::vector<Item>& items,
                         const std::vector<db::Value>& values, bool reversed) {
  auto goes_down = [&](const Item& item) { return item.descending != reversed; };
  const bool together = std::all_of(items.begin(), items.end(), [&](const Item& item) {
    return goes_down(item) == goes_down(items.front()) && !is_nullable_column(*item.column);
  });
  if (together) return behind_together(query, items, values, goes_down(items.front()));
  db::Fragment any;
  db::Fragment equal;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto next = behind(query, items[i], values[i], goes_down(items[i]));
    if (!next.empty()) {
      auto all = equal;
      db::append(all, " AND ", std::move(next));
      db::append(any, " OR ", db::wrapped("(", std::move(all), ")"));
    }
    db::append(equal, " AND ", same(query, items[i], values[i]));
  }
  return db::wrapped("(", std::move(any), ")");
}

void check_unordered(const db::Query& query) {
  if (query.order_by.empty() && !query.limit && !query.offset) return;
  throw ProgrammingError(
      "paginate() gives the query its order and its limits: it takes one without order_by(), "
      "limit() and offset()");
}

}  // namespace

db::Query Pager::page(db::Query query) const {
  const auto& state = *state_;
  check_unordered(query);
  const bool reversed = state.reversed();
  if (!state.values.empty()) {
    query.add_where(rows_behind(query, state.items, state.values, reversed));
  }
  for (const auto& item : state.items) {
    query.order_by.push_back({.sql = column_sql(query, item),
                              .descending = item.descending != reversed,
                              .nullable = is_nullable_column(*item.column)});
  }
  query.limit = state.asked.limit + 1;
  if (!state.cursor && state.asked.offset > 0) query.offset = state.asked.offset;
  return query;
}

db::Query Pager::total(db::Query query) const {
  check_unordered(query);
  query.for_update.reset();
  if (!query.distinct && query.group_by.empty() && query.having.empty()) {
    query.columns = {db::text_fragment("count(*)")};
    return query;
  }
  db::Query counting{.kind = db::Query::Kind::select, .name = "counted"};
  counting.from = std::make_shared<const db::Query>(std::move(query));
  counting.columns = {db::text_fragment("count(*)")};
  return counting;
}

namespace {

// Longer ones would make a head that proxies refuse.
constexpr std::size_t kept_query_max = 2000;

struct Builder {
  std::string_view query;
  std::int64_t limit;
  std::vector<pagination::Link> links = {};

  void add(std::string_view relation, std::string_view name, std::string value) {
    const pagination::Parameter parameters[] = {{"limit", std::to_string(limit)},
                                                {name, std::move(value)}};
    links.push_back({relation, pagination::page_reference(query, parameters)});
  }
};

void add_offsets(Builder& to, std::int64_t offset, bool more, std::optional<std::int64_t> total) {
  const auto limit = to.limit;
  const auto last = total ? std::max<std::int64_t>(0, (*total - 1) / limit * limit) : offset;
  to.add("first", "offset", "0");
  if (offset > 0) {
    to.add("prev", "offset", std::to_string(std::clamp<std::int64_t>(offset - limit, 0, last)));
  }
  if (more) to.add("next", "offset", std::to_string(offset + limit));
  if (total) to.add("last", "offset", std::to_string(last));
}

}  // namespace

void Pager::describe(const Request& request, Response& response, bool more,
                     std::optional<std::int64_t> total, const void* first, const void* last) const {
  const auto& state = *state_;
  if (total) response.headers.set("x-total-count", std::to_string(*total));
  if (request.query_string.size() > kept_query_max) return;
  Builder to{.query = request.query_string, .limit = state.asked.limit};
  if (!state.cursor) {
    add_offsets(to, state.asked.offset, more, total);
  } else {
    using From = Cursor::From;
    // Backwards, the row too many is one before the page.
    const bool at_start = state.cursor->from == From::after && state.values.empty();
    const bool has_previous = state.reversed() ? more : !at_start;
    const bool has_next = state.reversed() ? state.cursor->from == From::before : more;
    to.add("first", "cursor", "");
    if (has_previous) {
      to.add("prev", "cursor", state.cursor_for(first ? From::before : From::end, first));
    }
    if (has_next) to.add("next", "cursor", last ? state.cursor_for(From::after, last) : "");
    to.add("last", "cursor", state.cursor_for(From::end, nullptr));
  }
  response.headers.set("link", pagination::link_field(to.links));
}

}  // namespace plinth::detail

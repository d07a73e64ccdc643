// Ten schemas as an application's schemas/ folder has them: what a file that uses them costs.
#include <optional>
#include <string>
#include <vector>

#include "plinth/schema.hpp"

using namespace plinth;

struct UserCreate {
  Email email;
  Str<min_length(8), max_length(128)> password;
  std::optional<Str<max_length(100)>> full_name;
};

struct UserUpdate {
  std::optional<Email> email;
  std::optional<Str<min_length(8), max_length(128)>> password;
  std::optional<bool> is_active;
};

struct UserRead {
  std::int64_t id;
  Email email;
  bool is_active;
  DateTime created_at;
};

struct Login {
  Email email;
  std::string password;
};

struct Token {
  std::string access_token;
  Str<defaults_to("bearer")> token_type;
};

struct Address {
  Str<min_length(1), max_length(200)> street;
  Str<pattern("^[0-9]{5}$")> zip;
  Str<defaults_to("DE"), min_length(2), max_length(2)> country;
};

enum class Status { open, paid, shipped };

struct Item {
  std::int64_t id;
  Str<strip_whitespace, min_length(1)> title;
  Field<Decimal, ge(0), max_digits(10), decimal_places(2)> price;
  std::optional<Url> picture;
  Field<std::vector<std::string>, defaults_to_empty, max_length(10)> tags;
};

struct OrderLine {
  Item item;
  Int<ge(1), le(100), defaults_to(1)> count;
};

struct Order {
  Uuid id;
  Status status;
  Address shipping;
  std::optional<Address> billing;
  std::vector<OrderLine> lines;
  DateTime created_at;
};

template <class T>
struct Page {
  std::vector<T> data;
  std::int64_t count;
};

[[maybe_unused]] const detail::TypeFn types[] = {
    &detail::type_of<UserCreate>,  &detail::type_of<UserUpdate>, &detail::type_of<UserRead>,
    &detail::type_of<Login>,       &detail::type_of<Token>,      &detail::type_of<Address>,
    &detail::type_of<Item>,        &detail::type_of<OrderLine>,  &detail::type_of<Order>,
    &detail::type_of<Page<Order>>,
};

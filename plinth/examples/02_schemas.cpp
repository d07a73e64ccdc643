// Schemas: structs whose members carry their rules, from JSON text and back.
#include "plinth/schema.hpp"

#include <cstdio>

using namespace plinth;

enum class Size { small, large };

struct Address {
  Str<min_length(1)> street;
  Str<pattern("^[0-9]{5}$")> zip;
};

std::string no_admin(const std::string& name) {
  return name == "admin" ? "this name is taken" : "";
}

struct Order {
  Str<strip_whitespace, min_length(1), max_length(20), check<no_admin>> name;
  Email email;
  Field<Decimal, gt(0), max_digits(6), decimal_places(2)> price;
  Int<ge(1), le(10), defaults_to(1)> count;
  Field<Size, defaults_to(Size::small)> size;
  std::optional<Address> address;
  Field<std::vector<std::string>, defaults_to_empty, max_length(3)> notes;
};

struct Receipt {
  std::string name;
  std::int64_t count;
};

void read(const char* text) {
  try {
    auto order = model_validate_json<Order>(text);
    std::printf("%s orders %lld\n", order.name->c_str(), static_cast<long long>(*order.count));
    std::printf("%s\n", model_dump_json(order).c_str());
    std::printf("%s\n", model_dump_json(to<Receipt>(order)).c_str());
  } catch (const ValidationError& error) {
    std::printf("%s\n", error.what());
  }
}

int main() {
  read(R"({"name": " Ada ", "email": "ada@Example.com", "price": "9.90", "count": "2"})");
  read(R"({"name": "admin", "price": -1, "address": {"zip": "1"}, "notes": [1, "a"]})");
}

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "plinth/model.hpp"
#include "plinth/schema.hpp"

using namespace plinth;

namespace convert_test {

struct Address {
  std::string street;
  std::string city;
};

struct User {
  static constexpr auto table = "users";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(320)> email;
  Column<std::string> hashed_password;
  Column<bool, defaults_to(true)> is_active;
  Column<std::optional<std::int32_t>> age;
};

struct UserRead {
  std::int64_t id;
  Email email;
  bool is_active;
};

struct UserProfile {
  Int<ge(1)> id;
  std::optional<std::string> email;
  std::optional<std::int64_t> age;
  Str<defaults_to("none")> nickname;
  std::optional<std::string> phone;
};

struct AddressRead {
  Str<max_length(100)> street;
};

struct Person {
  std::string name;
  Address home;
  std::optional<Address> work;
  std::vector<Address> others;
};

struct PersonRead {
  std::string name;
  AddressRead home;
  std::optional<AddressRead> work;
  std::vector<AddressRead> others;
};

struct Base {
  std::int64_t id = 0;
};
struct Derived : Base {
  std::string name;
  static constexpr auto fields = std::tuple{&Derived::id, &Derived::name};
};
struct Plain {
  std::int64_t id;
  std::string name;
};

}  // namespace convert_test

using namespace convert_test;

TEST_CASE("a schema is made from a model, member by member of the same name") {
  User user{.id = 7, .email = "ann@example.com", .hashed_password = "$2b$", .is_active = false};
  auto read = to<UserRead>(user);
  CHECK(read.id == 7);
  CHECK(read.email == Email("ann@example.com"));
  CHECK(read.is_active == false);
}

TEST_CASE("members that the source lacks keep their defaults") {
  User user{.id = 7, .email = "ann@example.com", .hashed_password = "$2b$", .age = 30};
  auto profile = to<UserProfile>(user);
  CHECK(profile.id == 7);
  CHECK(profile.email == "ann@example.com");
  CHECK(profile.age == 30);
  CHECK(profile.nickname == "none");
  CHECK(!profile.phone);
}

TEST_CASE("a list of schemas is made from a list of models") {
  std::vector<User> users{{.id = 1, .email = "a@example.com", .hashed_password = ""},
                          {.id = 2, .email = "b@example.com", .hashed_password = ""}};
  auto read = to<std::vector<UserRead>>(users);
  REQUIRE(read.size() == 2);
  CHECK(read[1].id == 2);
}

TEST_CASE("structs within are made the same way") {
  Person person{.name = "Ann",
                .home = {.street = "Elm", .city = "X"},
                .work = Address{.street = "Oak", .city = "Y"},
                .others = {{.street = "Ash", .city = "Z"}}};
  auto read = to<PersonRead>(person);
  CHECK(read.home.street == "Elm");
  REQUIRE(read.work);
  CHECK(read.work->street == "Oak");
  REQUIRE(read.others.size() == 1);
  CHECK(read.others[0].street == "Ash");
  person.work.reset();
  CHECK(!to<PersonRead>(person).work);
}

TEST_CASE("structs that list their members convert in both directions") {
  Derived derived;
  derived.id = 3;
  derived.name = "n";
  auto plain = to<Plain>(derived);
  CHECK(plain.id == 3);
  CHECK(plain.name == "n");
  auto back = to<Derived>(plain);
  CHECK(back.id == 3);
  CHECK(back.name == "n");
}

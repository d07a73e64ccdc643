#include "plinth/detail/reflect.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness.hpp"
#include "plinth/schema.hpp"

using namespace plinth;

namespace shapes {

struct Empty {};

struct One {
  int only;
};

struct Plain {
  int first;
  std::string second;
  double third_one;
};

struct WithDefaults {
  int a = 1;
  std::string b = "b";
  std::vector<int> c = {1, 2};
};

struct Required {
  Str<min_length(1)> name;
  Int<ge(0)> count;
  Literal<"a", "b"> letter;
};

struct Containers {
  std::vector<std::string> list;
  std::map<std::string, int> map;
  std::optional<Required> maybe;
  std::variant<int, std::string> either;
  std::array<int, 3> fixed;
  std::unique_ptr<int> owned;
};

struct Nested {
  struct Inner {
    int depth;
  };
  Inner inner;
  std::vector<Inner> list;
};

template <class T>
struct Page {
  std::vector<T> data;
  std::int64_t count;
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
};

struct WithMethods {
  static constexpr int limit = 5;
  int value;
  int twice() const { return 2 * value; }
  bool operator==(const WithMethods&) const = default;
};

struct Base {
  std::int64_t id = 0;
  std::string email;
};
struct Derived : Base {
  std::string name;
  static constexpr auto fields = std::tuple{&Derived::id, &Derived::email, &Derived::name};
};

enum class Colour { red, green = 5 };

struct Wide {
  Int<ge(0)> m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12, m13, m14, m15, m16;
  Str<min_length(1)> n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12, n13, n14, n15, n16;
  std::optional<double> o01, o02, o03, o04, o05, o06, o07, o08, o09, o10, o11, o12, o13, o14, o15,
      o16;
  Bool<defaults_to(true)> p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15,
      p16;
};

}  // namespace shapes

namespace {

template <class T>
std::string names() {
  std::string found;
  for (int i = 0; i < detail::member_count<T>(); ++i) {
    found += std::string(detail::member_name<T>(static_cast<std::size_t>(i))) + " ";
  }
  return found;
}

}  // namespace

TEST_CASE("members are counted and named in the order of the struct") {
  CHECK(detail::member_count<shapes::Empty>() == 0);
  CHECK(names<shapes::One>() == "only ");
  CHECK(names<shapes::Plain>() == "first second third_one ");
  CHECK(names<shapes::WithDefaults>() == "a b c ");
  CHECK(names<shapes::Required>() == "name count letter ");
  CHECK(names<shapes::Containers>() == "list map maybe either fixed owned ");
  CHECK(names<shapes::Nested>() == "inner list ");
  CHECK(names<shapes::Page<shapes::One>>() == "data count ");
  CHECK(names<shapes::Tree>() == "name children ");
  CHECK(names<shapes::WithMethods>() == "value ");
  CHECK(names<shapes::Derived>() == "id email name ");
}

TEST_CASE("a struct in a function has members too") {
  struct Local {
    int alpha;
    std::string beta;
  };
  CHECK(names<Local>() == "alpha beta ");
}

TEST_CASE("all members are visited at once, to read and to write") {
  shapes::Plain plain{1, "two", 3.0};
  detail::visit_members(plain, [](auto& first, auto& second, auto& third) {
    first = 10;
    second += "!";
    third *= 2;
  });
  CHECK(plain.first == 10);
  CHECK(plain.second == "two!");
  CHECK(plain.third_one == 6.0);
}

TEST_CASE("types have their names, with and without scope") {
  CHECK(detail::type_name<shapes::Plain>() == "Plain");
  CHECK(detail::type_name<shapes::Nested::Inner>() == "Inner");
  CHECK(detail::type_name<shapes::Page<shapes::One>>() == "Page");
  CHECK(detail::qualified_name<shapes::Nested::Inner>() == "shapes::Nested::Inner");
  CHECK(detail::qualified_name<shapes::Page<shapes::One>>() == "shapes::Page");
  CHECK(detail::name_of<&shapes::WithMethods::twice> == "twice");
  CHECK(detail::name_of<shapes::Colour::green> == "green");
}

TEST_CASE("a struct of 64 members is read and written") {
  CHECK(detail::member_count<shapes::Wide>() == 64);
  Json input{Json::Object{}};
  for (const char* prefix : {"m", "n"}) {
    for (int i = 1; i <= 16; ++i) {
      std::string key = prefix + std::string(i < 10 ? "0" : "") + std::to_string(i);
      input[key] = *prefix == 'm' ? Json(i) : Json("x");
    }
  }
  auto wide = model_validate_json<shapes::Wide>(input.dump());
  CHECK(wide.m16 == 16);
  CHECK(wide.n16 == "x");
  CHECK(!wide.o16);
  CHECK(wide.p16 == true);

  Json output = Json::parse(model_dump_json(wide));
  CHECK(output.size() == 64);
  CHECK(output["m09"] == Json(9));

  input.members().erase(input.members().begin() + 20);
  CHECK_THROWS_WITH_AS(model_validate_json<shapes::Wide>(input.dump()), "n05: Field required",
                       ValidationError);
}

TEST_CASE("a struct that holds itself is read and written") {
  auto tree = model_validate_json<shapes::Tree>(
      R"({"name":"a","children":[{"name":"b","children":[]},{"name":"c","children":[]}]})");
  REQUIRE(tree.children.size() == 2);
  CHECK(tree.children[1].name == "c");
  CHECK(model_dump_json(tree) ==
        R"({"name":"a","children":[{"name":"b","children":[]},{"name":"c","children":[]}]})");
}

TEST_CASE("a struct with a base lists its members itself") {
  auto derived = model_validate_json<shapes::Derived>(R"({"id":"7","email":"e","name":"n"})");
  CHECK(derived.id == 7);
  CHECK(derived.email == "e");
  CHECK(model_dump_json(derived) == R"({"id":7,"email":"e","name":"n"})");
}

TEST_CASE("an empty struct takes any object") {
  CHECK(schema::body_of<shapes::Empty>(R"({"a":1})") == "{}");
  CHECK(schema::body_of<shapes::Empty>("[]") ==
        R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a )"
        R"(valid dictionary or object to extract fields from","input":[]}]})");
}

#include <doctest/doctest.h>

#include "plinth/values.hpp"

using plinth::Uuid;

TEST_CASE("random UUIDs are of version 4 and differ") {
  const auto first = Uuid::random().str();
  CHECK(first.size() == 36);
  CHECK(first[14] == '4');
  CHECK(std::string_view("89ab").find(first[19]) != std::string_view::npos);
  CHECK(Uuid::random().str() != first);
  CHECK(Uuid::parse(first)->str() == first);
}

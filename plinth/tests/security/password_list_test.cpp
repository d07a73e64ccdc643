#include "plinth/password_list.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <stdexcept>

#include "support/temporary_folder.hpp"

using namespace plinth;

TEST_CASE("a list holds its lines, whatever their letter case") {
  const support::TemporaryFolder folder;
  const auto path = folder.path() + "/list.txt";
  std::ofstream(path)
      << "#!comment: the most common ones\nhunter22\r\nPassword1\n\npässword\nhunter22\n";
  const PasswordList list(path);
  CHECK(list.size() == 3);
  for (auto common : {"hunter22", "HUNTER22", "password1", "pässword"}) {
    CAPTURE(common);
    CHECK(list.contains(common));
  }
  for (auto other : {"", "hunter2", "hunter222", " hunter22", "#!comment: the most common ones"}) {
    CAPTURE(other);
    CHECK_FALSE(list.contains(other));
  }
}

TEST_CASE("a list that is not there, or empty, is an error that names it") {
  const support::TemporaryFolder folder;
  const auto path = folder.path() + "/list.txt";
  CHECK_THROWS_WITH_AS(PasswordList{path},
                       (path + ": no list of passwords can be read there, one a line").c_str(),
                       std::runtime_error);
  std::ofstream(path) << "\n";
  CHECK_THROWS_AS(PasswordList{path}, std::runtime_error);
}

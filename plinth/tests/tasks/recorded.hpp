// Lines of JSON recorded from Celery: tests/conformance/<name>, made by record_celery.py.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "plinth/json.hpp"

namespace plinth::tasks_test {

inline std::vector<Json> recorded(const std::string& name) {
  const std::string path = PLINTH_TEST_DATA "/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

}  // namespace plinth::tasks_test

// `revision -m "…"`: a new C++ file in migrations/versions/, listed in migrations/env.cpp.
#pragma once

#include <string>

#include "migrate/history.hpp"

namespace plinth::migrate {

struct NewRevision {
  std::string message;
  std::string id;           // 12 hex digits when empty
  std::string create_date;  // now when empty: "2026-11-22 14:56:54.105015"
  std::string folder = "migrations";
};

/// Returns the path of the file. Throws CommandError, with nothing written, where the folder is not
/// as expected.
std::string write_revision(const History& history, NewRevision wanted);

/// The message as a part of a file name: lower case, words joined by '_', at most 40 characters.
std::string slug_of(std::string_view message);

}  // namespace plinth::migrate

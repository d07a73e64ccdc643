// `revision -m "…"`: a new C++ file in migrations/versions/, listed in migrations/env.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "migrate/history.hpp"

namespace plinth::migrate {

struct NewRevision {
  std::string message;
  std::string id;                    // 12 hex digits when empty
  std::string create_date;           // now when empty: "2026-11-22 14:56:54.105015"
  std::vector<Place> down_revision;  // what it follows
  std::vector<std::string> branch_labels;
  std::vector<std::string> depends_on;  // ids, labels
  std::string folder = "migrations";
  std::string upgrade;  // the bodies of the functions, indented by two; empty: nothing is done
  std::string downgrade;
};

/// Returns the path of the file. Throws CommandError, with nothing written, where the folder is not
/// as expected.
std::string write_revision(const History& history, NewRevision wanted);

/// The message as a part of a file name: lower case, words joined by '_', at most 40 characters.
std::string slug_of(std::string_view message);
/// Where write_revision puts it.
std::string revision_path(std::string_view folder, std::string_view id, std::string_view message);

/// What a new revision follows: of `head` ("" is the only head), which must be a head unless
/// `splice`. Throws CommandError.
std::vector<Place> parents_for(const History& history, const std::string& head, bool splice);

struct Context;
/// Takes the options of `revision`: -m, --rev-id, --head, --splice, --branch-label, --depends-on.
NewRevision revision_options(Context& context);

}  // namespace plinth::migrate

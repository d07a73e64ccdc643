// A database, revisions, and Alembic's command line on both.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "migrate/capture.hpp"
#include "support/database.hpp"

namespace setup {

using Lines = std::vector<std::string>;

struct Database {
  capture::TemporaryFolder folder;
  support::TestDatabase database{support::Place::disk};
  std::vector<plinth::Revision> revisions;

  capture::Printed run(std::vector<std::string> words) {
    return capture::migrate(folder, database.url(), revisions, std::move(words));
  }
  /// For programs that are not plinth: past pgbouncer.
  const std::string& plain_url() const {
    return support::on_postgresql() ? database.direct_url() : database.url();
  }
  /// The first column of a query, of texts.
  Lines column(const std::string& sql) const {
    Lines found;
    use([&](plinth::Engine& engine) {
      found = plinth::run([](plinth::Engine& on, std::string query) -> plinth::Task<Lines> {
        auto session = on.session();
        co_return co_await session.all(plinth::text<std::string>(query));
      }(engine, sql));
    });
    return found;
  }
  /// Straight to the database.
  void execute(std::vector<std::string> statements) const {
    use([&](plinth::Engine& engine) {
      plinth::run(plinth::db::execute_all(engine, std::move(statements)));
    });
  }

  template <class Work>
  void use(Work work) const {
    std::exception_ptr error;
    capture::on_own_thread([&] {
      try {
        plinth::Engine engine(database.url());
        work(engine);
      } catch (...) {
        error = std::current_exception();
      }
    });
    if (error) std::rethrow_exception(error);
  }
};

/// A revision that follows `down`, with what it does.
inline plinth::Revision step(
    std::string_view id, plinth::RevisionIds down, void (*upgrade)(plinth::Operations&),
    void (*downgrade)(plinth::Operations&) = [](plinth::Operations&) {}) {
  return {.revision = id,
          .down_revision = down,
          .message = id,
          .upgrade = upgrade,
          .downgrade = downgrade};
}

}  // namespace setup

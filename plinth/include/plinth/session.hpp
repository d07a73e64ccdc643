// The database: an Engine for the application, a Session for each request. Stands for SQLAlchemy's
// create_async_engine and AsyncSession. Example: plinth/examples/08_database.cpp
//
//   Engine engine("sqlite:///app.db");
//   auto session = engine.session();
//   auto user = User{.email = "ada@example.com", .hashed_password = hash};
//   session.add(user);
//   co_await session.commit();  // user.id is known from here
//
// A Session has one owner, on one thread. Outside of a transaction each query sees the last
// commit. The first change begins a transaction; from then on the session sees one state of the
// database and its own changes, until commit or rollback. Left without commit, it rolls back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plinth/error.hpp"
#include "plinth/query.hpp"
#include "plinth/task.hpp"

namespace plinth {

/// What the database refused or could not do. Stands for sqlalchemy.exc.DBAPIError.
struct DatabaseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A constraint was violated; the transaction has been rolled back.
struct IntegrityError : DatabaseError {
  enum class Kind : std::uint8_t { unique, foreign_key, not_null, check, other };

  IntegrityError(Kind what, const std::string& message) : DatabaseError(message), kind(what) {}

  Kind kind;
  std::string constraint;            // of a check or an index on expressions: its name
  std::string table;                 // empty when the database does not tell (a foreign key)
  std::vector<std::string> columns;  // of a unique or not-null violation
};

/// The database itself: no such file, damaged, read-only, full.
struct OperationalError : DatabaseError {
  using DatabaseError::DatabaseError;
};

/// SQL that the database does not understand, or a misuse of the session.
struct ProgrammingError : DatabaseError {
  using DatabaseError::DatabaseError;
};

/// An object's row was not there to be updated or deleted.
struct StaleDataError : DatabaseError {
  using DatabaseError::DatabaseError;
};

struct NoResultFound : DatabaseError {
  using DatabaseError::DatabaseError;
};
struct MultipleResultsFound : DatabaseError {
  using DatabaseError::DatabaseError;
};

/// A value that the column cannot hold: NUL or bad UTF-8 in a text, too long, out of range. Ends a
/// request with 400, since values come from requests; what() names table and column, the response
/// does not.
struct DataError : HttpError {
  explicit DataError(std::string message);
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

class Session;

namespace db {

/// Nothing was free in time: ends a request with 503 and Retry-After.
struct Unavailable : HttpError {
  explicit Unavailable(std::string message);
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

class Driver;
class StreamState;
struct SessionState;
SessionState& state_of(Session& session);

}  // namespace db

namespace db {
/// Up to the stream's number of rows; none at the end.
Task<std::unique_ptr<RowSink>> fetch_more(StreamState& stream, std::unique_ptr<RowSink> sink);
}  // namespace db

struct EngineOptions {
  // SQLite: connections that read at the same time. PostgreSQL: connections of each thread for
  // transactions, opened when needed; those that only read share one or two more.
  unsigned pool_size = 4;
  Seconds pool_timeout{30};        // wait for a connection or the write lock, then 503
  Seconds statement_timeout{60};   // of one statement, then 503; 0: none
  std::size_t queue_limit = 1024;  // statements (PostgreSQL: of a thread) that may wait, then 503
  Seconds busy_timeout{5};         // SQLite: wait for another process's lock, then 503

  // PostgreSQL.
  Seconds connect_timeout{5};
  Seconds idle_timeout{300};                // a connection that nobody used is closed
  Seconds idle_in_transaction_timeout{60};  // the server ends a transaction that does nothing
  // Behind pgbouncer in transaction mode; also by ?pgbouncer=true in the url. Statements are not
  // prepared, and the server's own limits are left as they are.
  bool pgbouncer = false;
};

/// SQLAlchemy's pool.status(): of all threads together.
struct PoolStatus {
  std::uint32_t open = 0;     // connections
  std::uint32_t leased = 0;   // of these in transactions
  std::uint32_t waiting = 0;  // for one of these
};

/// Where the database is, and its connections. Safe from any thread; must outlive its sessions.
///
/// url     sqlite:///app.db (relative), sqlite:////var/lib/app.db, sqlite:///:memory: (one private
///         database an Engine), also sqlite+aiosqlite:///;
///         postgresql://user:password@host:5432/name, also postgres://, postgresql+asyncpg://, with
///         libpq's options (?sslmode=require) behind
/// throws  std::invalid_argument for a url it does not know; connects at the first use
class Engine {
 public:
  explicit Engine(std::string_view url, EngineOptions options = {});
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  Session session();
  /// A round trip to the database. Throws what a query would.
  Task<void> ping();

  PoolStatus pool_status() const;
  db::Dialect dialect() const;
  /// The url with "***" for a password.
  const std::string& url() const { return url_; }
  db::Driver& driver() const { return *driver_; }

 private:
  std::string url_;
  std::unique_ptr<db::Driver> driver_;
};

/// Rows of raw SQL, or how many rows a statement changed.
struct Result {
  std::int64_t rowcount = 0;
  std::vector<std::string> columns;
  std::vector<std::vector<db::Value>> rows;
};

class Savepoint;

/// Rows that are read in parts while they are used; see Session::stream. Must not outlive its
/// session. Within a transaction it ends with it; outside of one it sees the database as it was at
/// its first row.
template <class Row>
class Stream {
 public:
  explicit Stream(std::shared_ptr<db::StreamState> state) : state_(std::move(state)) {}

  /// The next row, or none at the end. Throws what the query would.
  Task<std::optional<Row>> next() {
    if (at_ == rows_.size()) {
      auto sink = co_await db::fetch_more(*state_, std::make_unique<detail::Rows<Row>>());
      rows_ = std::move(static_cast<detail::Rows<Row>&>(*sink).rows);
      at_ = 0;
      if (rows_.empty()) co_return std::nullopt;
    }
    co_return std::move(rows_[at_++]);
  }

 private:
  std::shared_ptr<db::StreamState> state_;
  std::vector<Row> rows_;
  std::size_t at_ = 0;
};

/// One conversation with the database. Any Task of it may be dropped while it runs: the
/// transaction is then rolled back.
class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // Queries. Objects added but not flushed are not seen.

  /// The only row, or none. Throws MultipleResultsFound.
  template <detail::Returning Q>
  Task<std::optional<typename Q::row_type>> one_or_none(Q query) {
    auto rows = co_await rows_of<typename Q::row_type>(std::move(query).query(), 2);
    if (rows.size() > 1) fail_multiple();
    co_return first_of(rows);
  }
  /// The only row. Throws NoResultFound or MultipleResultsFound.
  template <detail::Returning Q>
  Task<typename Q::row_type> one(Q query) {
    auto rows = co_await rows_of<typename Q::row_type>(std::move(query).query(), 2);
    if (rows.size() != 1) fail_one(rows.size());
    co_return std::move(rows.front());
  }
  /// The first row, or none.
  template <detail::Returning Q>
  Task<std::optional<typename Q::row_type>> first(Q query) {
    auto rows = co_await rows_of<typename Q::row_type>(std::move(query).query(), 1);
    co_return first_of(rows);
  }
  /// The first row's value, or none: of a query for one column.
  template <detail::Returning Q>
  Task<std::optional<typename Q::row_type>> scalar(Q query) {
    return first(std::move(query));
  }
  template <detail::Returning Q>
  Task<std::vector<typename Q::row_type>> all(Q query) {
    return rows_of<typename Q::row_type>(std::move(query).query(), no_limit);
  }
  template <detail::Returning Q>
  Task<std::vector<typename Q::row_type>> scalars(Q query) {
    return rows_of<typename Q::row_type>(std::move(query).query(), no_limit);
  }
  /// Several queries in one round trip: what all() would give of each.
  /// `auto [users, teams] = co_await session.gather(select<User>(), select<Team>());`
  template <detail::Returning... Q>
  Task<std::tuple<std::vector<typename Q::row_type>...>> gather(Q... query) {
    std::vector<db::Query> queries;
    std::vector<std::unique_ptr<db::RowSink>> sinks;
    (queries.push_back(std::move(query).query()), ...);
    (sinks.push_back(std::make_unique<detail::Rows<typename Q::row_type>>()), ...);
    sinks = co_await fetch_all(std::move(queries), std::move(sinks));
    co_return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple(
          std::move(static_cast<detail::Rows<typename Q::row_type>&>(*sinks[I]).rows)...);
    }(std::index_sequence_for<Q...>{});
  }
  template <detail::Returning Q>
  Task<std::vector<std::vector<typename Q::row_type>>> gather(std::vector<Q> each) {
    using Row = typename Q::row_type;
    std::vector<db::Query> queries;
    std::vector<std::unique_ptr<db::RowSink>> sinks;
    for (auto& query : each) {
      queries.push_back(std::move(query).query());
      sinks.push_back(std::make_unique<detail::Rows<Row>>());
    }
    sinks = co_await fetch_all(std::move(queries), std::move(sinks));
    std::vector<std::vector<Row>> results;
    for (auto& sink : sinks) {
      results.push_back(std::move(static_cast<detail::Rows<Row>&>(*sink).rows));
    }
    co_return results;
  }
  /// Rows of a large result, `yield_per` of them in memory at a time:
  /// `auto users = co_await session.stream(select<User>());`
  /// `while (auto user = co_await users.next()) …`
  template <detail::Returning Q>
  Task<Stream<typename Q::row_type>> stream(Q query, std::size_t yield_per = 1000) {
    auto state = co_await open_stream(std::move(query).query(), yield_per);
    co_return Stream<typename Q::row_type>(std::move(state));
  }
  /// Whatever else: insert, update, delete, raw SQL.
  template <detail::Statement Q>
  Task<Result> execute(Q query) {
    return run(std::move(query).query());
  }

  /// Inserts all of these, a thousand a statement, in the session's transaction; returns how many.
  /// Unlike add() it fills nothing in. They must stay where they are until the Task is done.
  template <detail::Model M>
  Task<std::int64_t> bulk_insert(std::span<const M> objects) {
    return insert_objects(detail::table_of<M>(), objects.data(), sizeof(M), objects.size());
  }
  template <detail::Model M>
  Task<std::int64_t> bulk_insert(const std::vector<M>& objects) {
    return bulk_insert(std::span<const M>(objects));
  }
  /// The same, giving these columns of each row, in the order of the objects:
  /// `bulk_insert(users, col<&User::id>)`
  template <detail::Model M, detail::Operand... Of>
    requires(sizeof...(Of) > 0)
  Task<std::vector<typename detail::RowOf<Of...>::type>> bulk_insert(const std::vector<M>& objects,
                                                                     Of... returning) {
    std::vector<typename detail::RowOf<Of...>::type> made;
    for (std::size_t next = 0, taken = 0; next < objects.size(); next += taken) {
      auto query = db::bulk_query(detail::table_of<M>(), &objects[next], sizeof(M),
                                  objects.size() - next, taken);
      query.columns = {returning.fragment()...};
      for (auto&& row :
           co_await rows_of<typename detail::RowOf<Of...>::type>(std::move(query), no_limit)) {
        made.push_back(std::move(row));
      }
    }
    co_return made;
  }

  /// The object of that primary key; of a composite one, its values in order.
  template <detail::Model M, class... Key>
  Task<std::optional<M>> get(Key... key) {
    detail::check_key<M, Key...>();
    auto query = by_key(detail::table_of<M>(), {detail::argument(key)...});
    auto rows = co_await rows_of<M>(std::move(query), no_limit);
    co_return first_of(rows);
  }

  // Objects.

  /// To be inserted by the next flush or commit, which fills in what the database makes (id,
  /// server defaults); or, when it was read, to have its changed columns updated. The object must
  /// stay where it is until then; a temporary is moved in.
  template <class M>
  void add(M&& object) {
    using Model = std::remove_cvref_t<M>;
    if constexpr (std::is_lvalue_reference_v<M>) {
      static_assert(!std::is_const_v<std::remove_reference_t<M>>,
                    "plinth: add() fills in the id; the object must not be const");
      enlist(detail::table_of<Model>(), &object, nullptr);
    } else {
      auto owned = std::make_shared<Model>(std::forward<M>(object));
      void* address = owned.get();
      enlist(detail::table_of<Model>(), address, std::move(owned));
    }
  }
  template <class Objects>
  void add_all(Objects& objects) {
    for (auto& object : objects) add(object);
  }
  /// Reads all columns of the object again. Throws NoResultFound when its row has gone.
  template <detail::Model M>
  Task<void> refresh(M& object) {
    auto rows = co_await rows_of<M>(by_key_of(detail::table_of<M>(), &object), no_limit);
    if (rows.empty()) fail_one(0);
    object = std::move(rows.front());
  }
  /// Deletes the object's row now, by its primary key. (`delete` is a C++ keyword.)
  template <detail::Model M>
  Task<void> delete_(M& object) {
    return remove(detail::table_of<M>(), &object);
  }

  /// A task that is sent once this session commits, and only then: `enqueue(add, 2, 3)`, also a
  /// Signature. Include plinth/tasks.hpp for it.
  template <class Enlisted, class... Arguments>
  void enqueue(const Enlisted& task, Arguments&&... arguments) {
    task.enlist(*this, std::forward<Arguments>(arguments)...);
  }

  // Transactions.

  /// Begins now, where the first change would: for reading what is to be changed.
  Task<void> begin();
  /// Writes what was added. Throws IntegrityError; the transaction is then rolled back.
  Task<void> flush();
  /// Flushes, and makes the transaction durable. Nothing to do: nothing happens.
  Task<void> commit();
  /// Undoes all since the last commit; forgets what was added.
  Task<void> rollback();
  Task<Savepoint> begin_nested();
  bool in_transaction() const;
  /// Rolls back what was not committed. The session may be used again.
  Task<void> close();

 private:
  friend class Engine;
  friend class Savepoint;
  friend db::SessionState& db::state_of(Session& session);
  explicit Session(db::Driver& driver);

  static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

  template <class Row>
  Task<std::vector<Row>> rows_of(db::Query query, std::size_t limit) {
    auto sink = co_await fetch(std::move(query), std::make_unique<detail::Rows<Row>>(), limit);
    co_return std::move(static_cast<detail::Rows<Row>&>(*sink).rows);
  }
  template <class Row>
  static std::optional<Row> first_of(std::vector<Row>& rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  // `limit`: rows that are looked at; a driver stops there.
  Task<std::unique_ptr<db::RowSink>> fetch(db::Query query, std::unique_ptr<db::RowSink> sink,
                                           std::size_t limit);
  Task<std::vector<std::unique_ptr<db::RowSink>>> fetch_all(
      std::vector<db::Query> queries, std::vector<std::unique_ptr<db::RowSink>> sinks);
  Task<std::shared_ptr<db::StreamState>> open_stream(db::Query query, std::size_t yield_per);
  Task<Result> run(db::Query query);
  Task<std::int64_t> insert_objects(const db::Table& table, const void* objects, std::size_t stride,
                                    std::size_t count);
  Task<void> remove(const db::Table& table, void* object);
  void enlist(const db::Table& table, void* object, std::shared_ptr<void> owner);
  static db::Query by_key(const db::Table& table, std::vector<db::Value> key);
  static db::Query by_key_of(const db::Table& table, const void* object);
  [[noreturn]] static void fail_multiple();
  [[noreturn]] static void fail_one(std::size_t found);

  std::unique_ptr<db::SessionState> state_;
};

/// A part of a transaction that can be undone alone; see Session::begin_nested. Left without
/// commit, it is undone before the session's next statement. Must not outlive its session.
class Savepoint {
 public:
  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&&) = delete;
  ~Savepoint();

  Task<void> commit();
  Task<void> rollback();

 private:
  friend class Session;
  Savepoint(db::SessionState& session, std::uint64_t transaction, int depth)
      : session_(&session), transaction_(transaction), depth_(depth) {}
  bool open() const;

  db::SessionState* session_;
  std::uint64_t transaction_;
  int depth_;
};

namespace db {
/// Runs these statements one by one in one transaction.
Task<void> execute_all(Engine& engine, std::vector<std::string> statements);
/// The statements that make these tables and their indexes, targets of foreign keys first.
std::vector<std::string> create_statements(const MetaData& metadata, Dialect dialect);
}  // namespace db

/// Makes the tables of these models with their indexes; for tests. Applications migrate. Not from
/// a running loop.
inline void create_all(Engine& engine, const MetaData& metadata) {
  plinth::run(db::execute_all(engine, db::create_statements(metadata, engine.dialect())));
}
template <detail::Model... Models>
void create_all(Engine& engine) {
  create_all(engine, metadata<Models...>());
}

}  // namespace plinth

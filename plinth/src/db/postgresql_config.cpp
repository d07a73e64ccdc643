#include "db/postgresql_config.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <stdexcept>

#include "db/postgresql_errors.hpp"

namespace plinth::db {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A SYN that is lost is sent again after a second, then three, …; a new attempt is quicker.
constexpr milliseconds attempt_limit{1000};
constexpr milliseconds look_interval{100};

struct FreeCancel {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};

struct Cancellation final : detail::ThreadJob {
  explicit Cancellation(PGcancel* made) : cancel(made) {}
  void run() noexcept override {
    std::array<char, 256> ignored{};
    PQcancel(cancel.get(), ignored.data(), static_cast<int>(ignored.size()));
  }
  std::unique_ptr<PGcancel, FreeCancel> cancel;
};

bool wait_for(int socket, short events) {
  pollfd waited{.fd = socket, .events = events, .revents = 0};
  return ::poll(&waited, 1, static_cast<int>(look_interval.count())) > 0;
}

// True while the network has not answered at all.
bool is_unanswered(const PGconn* connection) {
  const auto status = PQstatus(connection);
  return status == CONNECTION_STARTED || status == CONNECTION_NEEDED;
}

void ignore_notice(void*, const PGresult*) {}

}  // namespace

PostgresqlConfig::PostgresqlConfig(PostgresqlUrl url, const EngineOptions& engine_options)
    : options(engine_options),
      pgbouncer(url.pgbouncer || engine_options.pgbouncer),
      parameters_(std::move(url.parameters)),
      workers({.name = "postgresql", .threads = 4, .queue_limit = 1024}) {
  add("fallback_application_name", "plinth");
  add("client_encoding", "UTF8");
  // A cut network is noticed in seconds, not in hours.
  add("tcp_user_timeout", "3000");
  add("keepalives_idle", "2");
  add("keepalives_interval", "1");
  add("keepalives_count", "2");
  if (pgbouncer) return;  // it refuses start-up options
  const auto milliseconds_of = [](Seconds seconds) { return std::to_string(seconds.count * 1000); };
  auto settings =
      "-c TimeZone=UTC -c statement_timeout=" + milliseconds_of(options.statement_timeout) +
      " -c idle_in_transaction_session_timeout=" +
      milliseconds_of(options.idle_in_transaction_timeout) +
      // The server too: or the locks of a transaction that was cut off would outlive the cut.
      " -c tcp_user_timeout=3000 -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1"
      " -c tcp_keepalives_count=2";
  for (auto& [keyword, value] : parameters_) {
    if (keyword == "options") value = settings + " " + value;  // the url's come last, and win
  }
  add("options", std::move(settings));
}

PostgresqlConfig::~PostgresqlConfig() { closing_ = true; }

// Unless the url says otherwise.
void PostgresqlConfig::add(const char* keyword, std::string value) {
  for (const auto& [known, held] : parameters_) {
    if (known == keyword) return;
  }
  parameters_.emplace_back(keyword, std::move(value));
}

std::string PostgresqlConfig::name() const {
  std::string host = "localhost";
  std::string port;
  for (const auto& [keyword, value] : parameters_) {
    if (keyword == "host") host = value;
    if (keyword == "port") port = ":" + value;
  }
  return host + port;
}

ConnectionHandle PostgresqlConfig::connect() const {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters_) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  const auto deadline = Clock::now() + std::chrono::seconds(options.connect_timeout.count);
  ConnectionHandle made;
  auto polled = PGRES_POLLING_FAILED;
  do {
    made.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!made) throw std::bad_alloc();
    PQsetNoticeReceiver(made.get(), &ignore_notice, nullptr);
    const auto attempt = std::min(Clock::now() + attempt_limit, deadline);
    polled = PQstatus(made.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (polled != PGRES_POLLING_OK && polled != PGRES_POLLING_FAILED && !closing_ &&
           Clock::now() < (is_unanswered(made.get()) ? attempt : deadline)) {
      const bool reads = polled == PGRES_POLLING_READING;
      if (wait_for(PQsocket(made.get()), reads ? POLLIN : POLLOUT)) {
        polled = PQconnectPoll(made.get());
      }
    }
  } while (polled != PGRES_POLLING_OK && polled != PGRES_POLLING_FAILED && !closing_ &&
           Clock::now() < deadline);
  if (polled != PGRES_POLLING_OK) {
    const auto why = polled == PGRES_POLLING_FAILED ? why_not_connected(made.get()) : "no answer";
    throw Unavailable("cannot connect to PostgreSQL at " + name() + ": " + why);
  }
  if (PQsetnonblocking(made.get(), 1) != 0 || PQenterPipelineMode(made.get()) != 1) {
    throw Unavailable("cannot set up a connection: " + why_not_connected(made.get()));
  }
  return made;
}

void PostgresqlConfig::cancel(PGconn* connection) {
  if (auto* handle = PQgetCancel(connection)) {
    workers.submit(std::make_shared<Cancellation>(handle));
  }
}

}  // namespace plinth::db

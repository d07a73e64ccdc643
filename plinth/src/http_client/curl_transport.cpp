#include "http_client/curl_transport.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "base/loop.hpp"
#include "base/monotonic.hpp"
#include "http_client/transfer.hpp"

namespace plinth::http_client {

namespace {

using Pointer = std::shared_ptr<Transfer>;

constexpr std::int64_t poll_ms_max = 60'000;

struct FreeMulti {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};

void initialise_curl() {
  static const CURLcode done = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::bad_alloc();
}

std::unique_ptr<CURLM, FreeMulti> make_multi(const AsyncClientOptions& options) {
  initialise_curl();
  std::unique_ptr<CURLM, FreeMulti> multi(::curl_multi_init());
  if (!multi) throw std::bad_alloc();
  ::curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(options.max_keepalive_connections));
  ::curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  return multi;
}

}  // namespace

// The thread, and what it works on.
class CurlTransport::Engine {
 public:
  explicit Engine(const AsyncClientOptions& options)
      : options_(options), multi_(make_multi(options)) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() { stop(); }

  void start(const Pointer& transfer);
  void wake() { ::curl_multi_wakeup(multi_.get()); }
  void stop();
  const AsyncClientOptions& options() const { return options_; }

 private:
  void run();
  void take_inbox();
  void begin_waiting();
  void begin(const Pointer& transfer);
  void take_finished();
  void look_at_clock();
  int patience_ms() const;
  void end(const Pointer& transfer, std::exception_ptr error);
  void remove(const Pointer& transfer);
  std::int64_t deadline_us(const Transfer& transfer) const;
  std::int64_t pool_deadline_us(const Transfer& transfer) const;
  std::exception_ptr timeout_of(const Transfer& transfer) const;

  const AsyncClientOptions options_;
  const std::unique_ptr<CURLM, FreeMulti> multi_;
  std::mutex mutex_;
  std::vector<Pointer> inbox_;
  bool stopping_ = false;
  std::thread thread_;  // started by the first call

  // The thread's.
  std::deque<Pointer> waiting_;
  std::vector<Pointer> active_;
};

void CurlTransport::Engine::start(const Pointer& transfer) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw TransportError(transfer->described() + ": the client is closed");
    inbox_.push_back(transfer);
    if (!thread_.joinable()) {
      sigset_t all;
      sigset_t before;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
      thread_ = std::thread([this] { run(); });
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      ::pthread_setname_np(thread_.native_handle(), "http-client");
    }
  }
  wake();
}

void CurlTransport::Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  thread_ = {};
}

void CurlTransport::Engine::run() {
  for (;;) {
    take_inbox();
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    int running = 0;
    ::curl_multi_perform(multi_.get(), &running);
    take_finished();
    look_at_clock();
    begin_waiting();
    ::curl_multi_poll(multi_.get(), nullptr, 0, patience_ms(), nullptr);
  }
  {
    // What came while it was stopping.
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), inbox_.begin(), inbox_.end());
    inbox_.clear();
  }
  const auto closed = [](const Transfer& transfer) {
    return std::make_exception_ptr(
        TransportError(transfer.described() + ": the client was closed"));
  };
  while (!active_.empty()) {
    const auto transfer = active_.back();
    end(transfer, closed(*transfer));
  }
  for (const auto& transfer : std::exchange(waiting_, {})) end(transfer, closed(*transfer));
}

void CurlTransport::Engine::take_inbox() {
  std::vector<Pointer> arrived;
  {
    const std::lock_guard lock(mutex_);
    std::swap(arrived, inbox_);
  }
  for (auto& transfer : arrived) {
    const bool is_full = active_.size() >= options_.max_connections;
    if (is_full && waiting_.size() >= options_.queue_limit) {
      end(transfer, std::make_exception_ptr(PoolTimeout(transfer->described() +
                                                        ": too many calls wait for a connection")));
    } else {
      waiting_.push_back(std::move(transfer));
    }
  }
  begin_waiting();
}

void CurlTransport::Engine::begin_waiting() {
  while (!waiting_.empty() && active_.size() < options_.max_connections) {
    const auto transfer = std::move(waiting_.front());
    waiting_.pop_front();
    if (!transfer->abandoned) begin(transfer);
  }
}

void CurlTransport::Engine::begin(const Pointer& transfer) {
  transfer->active_us = base::monotonic_microseconds();
  active_.push_back(transfer);
  if (::curl_multi_add_handle(multi_.get(), transfer->curl.get()) != CURLM_OK) {
    end(transfer, std::make_exception_ptr(
                      TransportError(transfer->described() + ": libcurl does not take it")));
    return;
  }
  wake();  // it is performed before the next wait
}

void CurlTransport::Engine::take_finished() {
  int left = 0;
  while (const auto* message = ::curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto result = message->data.result;
    const auto found = std::ranges::find_if(active_, [&](const Pointer& transfer) {
      return transfer->curl.get() == message->easy_handle;
    });
    if (found == active_.end()) continue;
    auto& transfer = **found;
    long status = 0;
    ::curl_easy_getinfo(transfer.curl.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status_code = static_cast<int>(status);
    end(Pointer(*found), error_of(transfer, result));
  }
}

// For ever: the end of time.
std::int64_t CurlTransport::Engine::deadline_us(const Transfer& transfer) const {
  if (transfer.limits.timeout_ms <= 0) return INT64_MAX;
  return transfer.active_us + std::int64_t{transfer.limits.timeout_ms} * 1000;
}

std::int64_t CurlTransport::Engine::pool_deadline_us(const Transfer& transfer) const {
  if (transfer.limits.timeout_ms <= 0) return INT64_MAX;
  return transfer.asked_us + std::int64_t{transfer.limits.timeout_ms} * 1000;
}

std::exception_ptr CurlTransport::Engine::timeout_of(const Transfer& transfer) const {
  const auto what = transfer.described() + ": ";
  const auto after = " for " + std::to_string(transfer.limits.timeout_ms) + " ms";
  if (!transfer.connected) {
    return std::make_exception_ptr(ConnectTimeout(what + "no connection" + after));
  }
  const auto unsent = transfer.request.content.size() - static_cast<std::size_t>(transfer.sent);
  if (transfer.sent >= 0 && transfer.request.content.size() > 0 && unsent > 0) {
    return std::make_exception_ptr(WriteTimeout(what + "the server takes nothing" + after));
  }
  return std::make_exception_ptr(ReadTimeout(what + "the server sends nothing" + after));
}

void CurlTransport::Engine::look_at_clock() {
  const auto now = base::monotonic_microseconds();
  std::vector<Pointer> late;
  std::ranges::copy_if(active_, std::back_inserter(late), [&](const Pointer& transfer) {
    return transfer->abandoned || deadline_us(*transfer) <= now;
  });
  for (const auto& transfer : late) end(transfer, timeout_of(*transfer));
  std::deque<Pointer> left;
  for (auto& transfer : std::exchange(waiting_, {})) {
    if (transfer->abandoned || pool_deadline_us(*transfer) <= now) {
      end(transfer, std::make_exception_ptr(PoolTimeout(
                        transfer->described() + ": no connection became free for " +
                        std::to_string(transfer->limits.timeout_ms) + " ms (max_connections)")));
    } else {
      left.push_back(std::move(transfer));
    }
  }
  waiting_ = std::move(left);
}

int CurlTransport::Engine::patience_ms() const {
  const auto now = base::monotonic_microseconds();
  auto patience_us = poll_ms_max * 1000;
  for (const auto& transfer : active_) {
    patience_us = std::min(patience_us, deadline_us(*transfer) - now);
  }
  for (const auto& transfer : waiting_) {
    patience_us = std::min(patience_us, pool_deadline_us(*transfer) - now);
  }
  return static_cast<int>(std::max<std::int64_t>(0, patience_us / 1000 + 1));
}

void CurlTransport::Engine::remove(const Pointer& transfer) {
  if (std::erase(active_, transfer) > 0) {
    ::curl_multi_remove_handle(multi_.get(), transfer->curl.get());
  }
}

void CurlTransport::Engine::end(const Pointer& transfer, std::exception_ptr error) {
  remove(transfer);
  transfer->error = std::move(error);
  transfer->loop.post([transfer] {
    if (!transfer->abandoned) transfer->slot->arrive();
  });
}

CurlTransport::CurlTransport(const AsyncClientOptions& options)
    : engine_(std::make_shared<Engine>(options)),
      limits_{.timeout_ms = options.timeout_ms, .total_ms_max = options.total_ms_max} {}
CurlTransport::~CurlTransport() { close(); }
void CurlTransport::close() { engine_->stop(); }

Task<ClientResponse> CurlTransport::handle_async_request(ClientRequest request) {
  return send(std::move(request), limits_);
}

Task<ClientResponse> CurlTransport::send(ClientRequest request, Limits limits) {
  const auto engine = engine_;
  const auto transfer = std::make_shared<Transfer>(std::move(request), limits);
  prepare(transfer, engine->options());
  base::Arrival arrival;
  transfer->loop = base::Loop::current().address();
  transfer->slot = arrival.slot();
  transfer->asked_us = base::monotonic_microseconds();
  // A destroyed waiter ends its transfer.
  struct Leaving {
    Engine& engine;
    Transfer& transfer;
    bool is_done = false;
    ~Leaving() {
      if (is_done) return;
      transfer.abandoned = true;
      engine.wake();
    }
  } leaving{*engine, *transfer};
  engine->start(transfer);
  co_await arrival;
  leaving.is_done = true;
  if (transfer->error) std::rethrow_exception(transfer->error);
  transfer->response.elapsed_us = base::monotonic_microseconds() - transfer->asked_us;
  transfer->response.url = transfer->request.url;
  transfer->response.method = transfer->request.method;
  co_return std::move(transfer->response);
}

}  // namespace plinth::http_client

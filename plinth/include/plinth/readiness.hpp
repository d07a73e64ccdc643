// Whether a process should be sent requests: what GET /ready answers. Stands for the readiness
// checks that services write by hand. Example: app/app.cpp
//
//   app.provide(Readiness());
//   app.provided<Readiness>().add("database", [&engine] { return engine.ping(); });
//   app.get<ready>("/ready");   // Task<Response> ready(const Readiness& readiness)
//
// The parts are asked at the same time, each within its limit, and what they said is kept for a
// moment: /ready costs next to nothing, however often it is asked for.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "plinth/http.hpp"
#include "plinth/task.hpp"

namespace plinth {

struct ReadinessOptions {
  int timeout_ms = 1'000;  // of a part; Kubernetes itself waits one second for all
  int keep_ms = 1'000;     // how long an answer holds
};

/// Made by one thread; then answers on any, also several at once.
class Readiness {
 public:
  explicit Readiness(ReadinessOptions options = {});

  /// A part that must work: `probe()` gives a Task<void>, and what it throws means that the part
  /// does not. The reason goes to the log, not to the client.
  template <class Function>
  Readiness& add(std::string name, Function probe) {
    struct Call final : Probe {
      explicit Call(Function f) : function(std::move(f)) {}
      Task<void> run() override { return function(); }
      Function function;
    };
    return add_probe(std::move(name), std::make_unique<Call>(std::move(probe)));
  }
  /// Redis answers. Throws std::invalid_argument for a url it does not know.
  Readiness& add_redis(std::string name, std::string_view url);

  /// 200 {"status":"ready","checks":{"database":"ok"}}; 503 with "not ready" when a part is
  /// "failed" or "timeout", and with "stopping" from SIGTERM on.
  Task<Response> answer() const;

 private:
  struct Probe {
    virtual ~Probe() = default;
    virtual Task<void> run() = 0;
  };
  struct State;
  Readiness& add_probe(std::string name, std::unique_ptr<Probe> probe);

  std::shared_ptr<State> state_;
};

}  // namespace plinth

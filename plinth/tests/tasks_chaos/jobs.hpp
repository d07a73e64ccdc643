// The tasks of these tests, and the table that the idempotent one keeps.
#pragma once

#include <cstdint>

#include "plinth/tasks.hpp"

namespace tasks_chaos {

using namespace plinth;

// A row each time that `pay` had its effect; nothing but the task itself keeps it from two.
struct Payment {
  static constexpr auto table = "payments";

  Column<std::int64_t, primary_key> id;
  Column<std::int64_t, indexed> number;
};

// What the API of worker_main.cpp keeps, and tells a task of in the same transaction.
struct Order {
  static constexpr auto table = "orders";

  Column<std::int64_t, primary_key> id;
  Column<std::int64_t, indexed> number;
};

// Each writes to the ledger when it starts and when it ends.
Task<void> note_run(std::int64_t number, std::int64_t milliseconds);
Task<void> note_payment(std::int64_t number, std::int64_t milliseconds, Session& session);
void note_and_block(std::int64_t number, std::int64_t milliseconds);
void note_and_die(std::int64_t number);

inline constexpr auto work = shared_task<note_run>({.name = "work"});
inline constexpr auto pay = shared_task<note_payment>({.name = "pay", .idempotent = true});
inline constexpr auto block = shared_task<note_and_block>({.name = "block"});
inline constexpr auto die = shared_task<note_and_die>({.name = "die"});

}  // namespace tasks_chaos

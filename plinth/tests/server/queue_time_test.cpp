#include "server/queue_time.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using plinth::server::QueueTime;

namespace {

// Requests that all waited so long, one every 10 ms, from `from_ms` on; how many were refused.
int refused(QueueTime& queue, std::int64_t from_ms, std::int64_t to_ms, std::int64_t waited_ms) {
  int count = 0;
  for (auto now = from_ms; now < to_ms; now += 10) count += queue.is_too_long(now, waited_ms);
  return count;
}

}  // namespace

TEST_CASE("a burst is served, however long its last requests waited") {
  QueueTime queue(500);
  CHECK(refused(queue, 10'000, 10'400, 5) == 0);
  // A handler blocked the loop for two seconds: what came meanwhile is answered.
  CHECK(refused(queue, 12'400, 12'800, 2'000) == 0);
  CHECK(refused(queue, 12'800, 30'000, 5) == 0);
  CHECK_FALSE(queue.take_beginning());
}

TEST_CASE("a queue that stands is refused until it is short again") {
  QueueTime queue(500);
  CHECK(refused(queue, 10'000, 10'500, 900) == 0);  // for one interval it may be a burst
  CHECK(refused(queue, 10'500, 12'000, 900) == 150);
  CHECK(queue.take_beginning());
  CHECK_FALSE(queue.take_beginning());
  // Who waited less than the limit is answered even then.
  CHECK(refused(queue, 12'000, 12'400, 400) == 0);
  // One short wait in an interval: the queue has gone, and a long one is a burst again.
  CHECK(refused(queue, 12'500, 12'510, 100) == 0);
  CHECK(refused(queue, 13'000, 13'400, 900) == 0);
}

TEST_CASE("what was long ago says nothing about now") {
  QueueTime queue(500);
  CHECK(refused(queue, 10'000, 10'400, 900) == 0);
  CHECK(refused(queue, 60'000, 60'400, 900) == 0);
}

TEST_CASE("each time of refusals begins once") {
  QueueTime queue(500);
  int begun = 0;
  for (const std::int64_t start : {10'000, 100'000}) {
    for (auto now = start; now < start + 5'000; now += 10) {
      queue.is_too_long(now, 900);
      begun += queue.take_beginning();
    }
  }
  CHECK(begun == 2);
}

TEST_CASE("one request in some is measured, and all once one has waited") {
  QueueTime queue(500);
  int measured = 0;
  for (int i = 0; i < 160; ++i) measured += queue.should_measure(10'000);
  CHECK(measured == 10);
  queue.is_too_long(10'000, 200);
  CHECK(queue.should_measure(10'001));
  CHECK(queue.should_measure(10'999));

  QueueTime off(0);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(off.should_measure(10'000));
}

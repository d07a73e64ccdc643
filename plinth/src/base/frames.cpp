// Memory of coroutine frames: free lists by size class, one set a thread, no lock.
//
// A request makes the same few frames again and again; a list hands them out in about ten
// instructions. A frame freed on another thread than its own simply joins that thread's list.
#include <cstddef>
#include <new>
#include <utility>

#include "plinth/task.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PLINTH_PLAIN_FRAMES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLINTH_PLAIN_FRAMES 1
#endif
#endif

namespace plinth::detail {
#ifdef PLINTH_PLAIN_FRAMES  // recycled frames would hide uses after free

void* allocate_frame(std::size_t size) { return ::operator new(size); }
void free_frame(void* frame, std::size_t size) noexcept { ::operator delete(frame, size); }

#else
namespace {

constexpr std::size_t class_bytes = 64;
constexpr std::size_t class_count = 64;  // frames up to 4 KiB
constexpr unsigned kept_max = 256;       // a class

struct FreeFrame {
  FreeFrame* next;
};

// Trivially destructible: other thread_locals may free frames after the lists were emptied for
// good.
struct FreeLists {
  FreeFrame* first[class_count] = {};
  unsigned kept[class_count] = {};
  enum : unsigned char { unused, open, emptied } state = unused;
};
constinit thread_local FreeLists lists;

struct Emptier {
  ~Emptier() {
    lists.state = FreeLists::emptied;
    for (auto*& frame : lists.first) {
      while (frame) ::operator delete(std::exchange(frame, frame->next));
    }
  }
};

// Registers the emptying at the thread's end.
[[gnu::noinline]] void open_lists() {
  thread_local Emptier emptier;
  static_cast<void>(emptier);
  lists.state = FreeLists::open;
}

constexpr std::size_t class_of(std::size_t size) { return (size - 1) / class_bytes; }

}  // namespace

void* allocate_frame(std::size_t size) {
  const auto index = class_of(size);
  if (index >= class_count) return ::operator new(size);
  if (auto* frame = lists.first[index]) {
    lists.first[index] = frame->next;
    --lists.kept[index];
    return frame;
  }
  if (lists.state == FreeLists::unused) open_lists();
  return ::operator new((index + 1) * class_bytes);
}

void free_frame(void* frame, std::size_t size) noexcept {
  const auto index = class_of(size);
  if (index >= class_count || lists.state != FreeLists::open || lists.kept[index] == kept_max) {
    ::operator delete(frame);
    return;
  }
  ++lists.kept[index];
  lists.first[index] = ::new (frame) FreeFrame{lists.first[index]};
}

#endif
}  // namespace plinth::detail

// A value, or a sentence that says why there is none.
#pragma once

#include <string>
#include <utility>

namespace plinth::formats {

/// The sentence is empty when all is well.
struct Refusal {
  std::string reason;
  explicit operator bool() const { return !reason.empty(); }
};

template <class T>
struct Checked {
  Checked(T good) : value(std::move(good)) {}  // NOLINT(google-explicit-constructor)
  Checked(Refusal refusal)
      : reason(std::move(refusal.reason)) {}  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return reason.empty(); }

  T value{};
  std::string reason;
};

}  // namespace plinth::formats

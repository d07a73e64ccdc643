// What PostgreSQL's binary format has in common both ways: big-endian numbers, its own epoch.
#pragma once

#include <cstdint>

#include "formats/calendar.hpp"

namespace plinth::db {

// PostgreSQL counts from 2000-01-01.
inline constexpr std::int64_t epoch_days = 10'957;
inline constexpr std::int64_t epoch_microseconds = epoch_days * formats::microseconds_per_day;

template <class Integer>
Integer big_endian(Integer value) {
  if constexpr (sizeof(Integer) == 8) {
    return static_cast<Integer>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
  } else if constexpr (sizeof(Integer) == 4) {
    return static_cast<Integer>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  } else {
    return static_cast<Integer>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  }
}

}  // namespace plinth::db

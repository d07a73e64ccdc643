// The numbers of PostgreSQL's own types. Source: src/include/catalog/pg_type.dat of 15; they never
// change.
#pragma once

#include <libpq-fe.h>

#include <algorithm>
#include <array>

namespace plinth::db::pg {

inline constexpr Oid boolean = 16;
inline constexpr Oid bytea = 17;
inline constexpr Oid char_ = 18;
inline constexpr Oid name = 19;
inline constexpr Oid int8 = 20;
inline constexpr Oid int2 = 21;
inline constexpr Oid int4 = 23;
inline constexpr Oid text = 25;
inline constexpr Oid oid = 26;
inline constexpr Oid json = 114;
inline constexpr Oid xml = 142;
inline constexpr Oid float4 = 700;
inline constexpr Oid float8 = 701;
inline constexpr Oid unknown = 705;
inline constexpr Oid bpchar = 1042;
inline constexpr Oid varchar = 1043;
inline constexpr Oid date = 1082;
inline constexpr Oid time = 1083;
inline constexpr Oid timestamp = 1114;
inline constexpr Oid timestamptz = 1184;
inline constexpr Oid interval = 1186;
inline constexpr Oid numeric = 1700;
inline constexpr Oid void_ = 2278;
inline constexpr Oid uuid = 2950;
inline constexpr Oid jsonb = 3802;

/// Arrays of the types above.
constexpr bool is_array(Oid type) {
  constexpr std::array<Oid, 23> arrays{143,  199,  1000, 1001, 1002, 1003, 1005, 1007,
                                       1009, 1014, 1015, 1016, 1021, 1022, 1028, 1115,
                                       1182, 1183, 1185, 1187, 1231, 2951, 3807};
  return std::find(arrays.begin(), arrays.end(), type) != arrays.end();
}

}  // namespace plinth::db::pg

// Values by a JSON Schema, and whether a value is one: the part of the language that the
// application's own OpenAPI document speaks.
#pragma once

#include <cstddef>
#include <random>
#include <string>

#include "plinth/json.hpp"

namespace app {

class SchemaValues {
 public:
  /// document  an OpenAPI document, whose references are followed; must outlive this
  SchemaValues(const plinth::Json& document, std::uint64_t seed)
      : document_(document), random_(seed) {}

  /// A value that the schema takes, as far as its words say.
  plinth::Json good(const plinth::Json& schema, int depth = 0);
  /// Any JSON at all.
  plinth::Json wild(int depth = 0);
  /// A good one of which something is replaced, missing or too much; by chance still good.
  plinth::Json spoiled(const plinth::Json& schema);
  /// Texts that have broken parsers: NUL, surrogates, quotes, SQL, traversal, very long ones.
  std::string hostile_text();
  std::string good_text(const plinth::Json& schema);

  /// Where `value` is not what the schema says, and how; "" when it is.
  std::string fault(const plinth::Json& schema, const plinth::Json& value,
                    const std::string& at = "$") const;

  std::size_t pick(std::size_t count) { return random_() % count; }

 private:
  const plinth::Json& resolved(const plinth::Json& schema) const;
  std::string fault_of_object(const plinth::Json& schema, const plinth::Json& value,
                              const std::string& at) const;

  const plinth::Json& document_;
  std::mt19937_64 random_;
};

}  // namespace app

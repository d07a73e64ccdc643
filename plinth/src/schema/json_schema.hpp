// JSON Schema 2020-12 of types, as pydantic 2.13 and FastAPI 0.143 put it into openapi.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/detail/type.hpp"
#include "plinth/json.hpp"

namespace plinth::schema {

/// A type may look different on its way in and out: a Decimal comes as number or text, goes as
/// text.
enum class Usage : std::uint8_t { input, output };

/// The named schemas of a document (#/components/schemas). First announce with use() every type
/// that the document mentions, then ask: a struct's name depends on who else is there. It is
/// "Item", or "Item-Input" and "Item-Output" where both are used and differ, or "shop__Item" and
/// "stock__Item" where two structs share a name.
class Definitions {
 public:
  void use(const detail::Type& type, Usage usage);
  /// A schema of the caller's own: "Body_login", "HTTPValidationError".
  void add(std::string name, Json schema);

  /// {"$ref": …} for a struct or an enum, else the schema itself; keys in pydantic's order.
  ///
  /// title  of a member or parameter, when its rules give none (see title_of); left out where
  ///        pydantic has none, of structs, enums and optional ones
  Json schema(const detail::Type& type, Usage usage, std::string_view title = {}) const;
  /// All named schemas, sorted by name.
  Json components() const;

 private:
  friend class SchemaWriter;

  struct Definition {
    const detail::Type* type;
    std::vector<std::size_t> mentions;  // definitions that its members lead to
    bool used[2] = {false, false};      // by Usage
    std::string name[2];
  };

  std::size_t index_of(const detail::Type& type) const;
  void gather(const detail::Type& type, Usage usage, std::vector<std::size_t>& mentions);
  void name_all() const;
  std::vector<bool> differing() const;

  mutable std::vector<Definition> definitions_;
  mutable bool named_ = false;
  std::map<std::string, Json> added_;
};

/// "created_at" -> "Created At", as pydantic makes titles from names.
std::string title_of(std::string_view name);

}  // namespace plinth::schema

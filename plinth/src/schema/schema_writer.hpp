// The walk over one type that makes its JSON Schema.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plinth/detail/type.hpp"
#include "plinth/json.hpp"
#include "schema/json_schema.hpp"

namespace plinth::schema {

class SchemaWriter {
 public:
  SchemaWriter(const Definitions& definitions, Usage usage)
      : definitions_(definitions), usage_(usage) {}

  /// Of a struct's or an enum's own entry among the components.
  Json definition(const detail::Type& type) const;
  /// Of a value with what its rules say of it. `title` is for a schema without one of its own.
  Json annotated(const detail::Type& type, std::string_view title) const;
  /// Whether pydantic gives a member of that type a title.
  static bool takes_title(const detail::Type& type);

 private:
  Json plain(const detail::Type& type, const detail::Rules* inherited) const;
  Json number(std::string_view name, const detail::Type& type, const detail::Rules& rules) const;
  Json decimal(const detail::Rules& rules) const;
  Json text(const detail::Type& type, const detail::Rules& rules) const;
  Json list(const detail::Type& type, const detail::Rules& rules) const;
  Json map(const detail::Type& type, const detail::Rules& rules) const;
  Json tuple(const detail::Type& type) const;
  Json variant(const detail::Type& type, const detail::Rules& rules) const;
  Json tagged(const detail::Type& type, std::string_view discriminator) const;
  Json optional(const detail::Type& type, const detail::Rules& rules) const;
  Json reference(const detail::Type& type) const;
  Json object(const detail::Type& type) const;

  const Definitions& definitions_;
  Usage usage_;
};

}  // namespace plinth::schema

// Names of constraints and indexes that a model leaves unnamed.
#pragma once

#include <string>
#include <string_view>

#include "plinth/detail/ddl.hpp"

namespace plinth::db {

/// What SQLAlchemy's naming_convention makes of "uq_%(table_name)s_%(column_0_name)s". Throws
/// std::logic_error for a token it does not know. An empty convention gives an empty name.
std::string conventional_name(std::string_view convention, std::string_view table,
                              const sa::TableItem& constraint);
std::string conventional_index_name(std::string_view convention, std::string_view table,
                                    std::string_view column);

}  // namespace plinth::db

#include "plinth/session.hpp"

namespace plinth {

DataError::DataError(std::string message)
    : HttpError(400, "A value cannot be stored"), message_(std::move(message)) {}

namespace db {

Unavailable::Unavailable(std::string message)
    : HttpError(503, "Service Unavailable", {{"retry-after", "1"}}), message_(std::move(message)) {}

}  // namespace db
}  // namespace plinth

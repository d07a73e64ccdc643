// What ends a request early: HttpError. Stands for FastAPI's HTTPException.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plinth/json.hpp"

namespace plinth {

/// Thrown by a handler or a dependency: the response is `status` with the body {"detail": detail}.
///
/// status   100 to 599; the default detail is its reason phrase ("Not Found")
/// headers  are added to the response, names in lower case
struct HttpError : std::exception {
  using HeaderList = std::vector<std::pair<std::string, std::string>>;

  explicit HttpError(int status_code);
  HttpError(int status_code, Json detail_value, HeaderList header_list = {});

  const char* what() const noexcept override { return text_.c_str(); }

  int status;
  Json detail;
  HeaderList headers;

 private:
  std::string text_;
};

/// Reason phrase of a status code as Python 3.13's http.HTTPStatus spells it; empty when unknown.
std::string_view reason_phrase(int status);

}  // namespace plinth

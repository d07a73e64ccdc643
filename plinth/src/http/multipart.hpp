// multipart/form-data bodies and header values with parameters, as Starlette reads them with
// python-multipart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/query.hpp"

namespace plinth::http {

/// `form-data; name="a"; filename="b"`: the value in lower case, the names of the options too.
struct OptionsHeader {
  std::string value;
  Pairs options;

  std::optional<std::string_view> option(std::string_view name) const;
};
OptionsHeader parse_options_header(std::string_view text);

/// One part; views point into the body.
struct Part {
  std::string name;
  std::optional<std::string> filename;  // a file, even when it is ""
  Pairs headers;                        // names in lower case
  std::string_view content;

  /// The content of a field as text: UTF-8, or ISO 8859-1 when it is not.
  std::string text() const;
};

struct MultipartLimits {
  std::size_t fields_max = 1000;
  std::size_t files_max = 1000;
  std::size_t header_fields_max = 32;  // of a part
};

/// The whole parts of a body; one that is cut off is left out, as Starlette does. Throws HttpError
/// 400 with FastAPI's message. Linear in the size of the body.
std::vector<Part> parse_multipart(std::string_view content_type, std::string_view body,
                                  const MultipartLimits& limits = {});

}  // namespace plinth::http

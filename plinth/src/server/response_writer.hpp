// Responses as bytes: the head is written in one go, with the date of this second ready made.
#pragma once

#include <ctime>
#include <string>

#include "plinth/http.hpp"

namespace plinth::server {

struct Framing {
  bool to_head = false;          // the request was HEAD: the length without the body
  bool close = false;            // the connection ends after this response
  bool says_keep_alive = false;  // HTTP/1.0 wants to be told
};

/// No thread shares one.
class ResponseWriter {
 public:
  /// Appends the head. What follows it is the content, unless has_content() says that nothing may.
  void write_head(std::string& out, const Response& response, const Framing& framing);

  static bool has_content(const Response& response, const Framing& framing);
  /// The handler's header fields can be sent: names are tokens, values without CR, LF and NUL.
  static bool has_valid_headers(const Response& response);

 private:
  void refresh_date();

  std::time_t second_ = -1;
  std::string date_;  // "\r\ndate: …\r\nserver: plinth\r\n"
  std::string ok_;    // the whole of that for 200
};

/// A response that plinth itself makes: text/plain, and the connection is closed.
Response plain_error(int status);

}  // namespace plinth::server

// What a server's answers to a case are worth.
//
// expect:  A    accepted: what follows, the canary, is answered
//          AC   accepted, then the connection is closed
//          R    refused: an error, then closed; or closed without a word
//          A|R  either; strictly R        A~  either; strictly A
//          TE   accepted and closed, or refused
//          X    one well-formed answer of any kind
//          W    nothing: the request is not complete        W|R  nothing, or refused
//          L    refused; waiting is allowed
//          V400 answered, then refused
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http1/cases.hpp"

namespace http1 {

struct Answer {
  int status = 0;                        // 0: no HTTP, or cut off
  std::string path;                      // the echo's P=
  std::optional<std::size_t> body_size;  // its L=
};

struct Exchange {
  std::string received;
  bool closed = false;  // by the server
};

struct Verdict {
  std::string kind;  // "ACC", "REJ", …
  bool pass = false;
  bool strict = false;
};

std::vector<Answer> parse_answers(std::string_view received, bool first_to_head);
Verdict judge(const Case& one, const Exchange& exchange);
/// Nothing that may still come changes the verdict.
bool is_settled(const Case& one, const Exchange& exchange);

}  // namespace http1

#include "http1/verdict.hpp"

#include <algorithm>
#include <charconv>

namespace http1 {
namespace {

bool is_error(int status) { return status >= 400 && status < 600; }

std::optional<std::size_t> number_after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  std::size_t number = 0;
  const auto* from = text.data() + at + mark.size();
  if (std::from_chars(from, text.data() + text.size(), number).ec != std::errc()) {
    return std::nullopt;
  }
  return number;
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

// One answer from the front of `rest`; status 0 when it is none or not whole.
Answer take_answer(std::string_view& rest, bool to_head) {
  const auto end = rest.find("\r\n\r\n");
  if (end == rest.npos || !(rest.starts_with("HTTP/1.1 ") || rest.starts_with("HTTP/1.0 "))) {
    rest = {};
    return {};
  }
  Answer answer;
  answer.status = static_cast<int>(number_after(rest, " ").value_or(0));
  const auto head = rest.substr(0, end + 2);
  const auto size = number_after(head, "\r\ncontent-length: ");
  rest.remove_prefix(end + 4);
  if (has_no_body(answer.status) || to_head) return answer;
  const auto body = rest.substr(0, size.value_or(rest.size()));
  rest.remove_prefix(body.size());
  if (const auto path = body.find("P="); path != body.npos) {
    answer.path = body.substr(path + 2, body.find(';', path) - path - 2);
  }
  answer.body_size = number_after(body, "L=");
  return answer;
}

// What happened, in the words of the table of expectations.
std::string kind_of(const Case& one, const Exchange& exchange) {
  const auto answers = parse_answers(exchange.received, one.to_head);
  std::vector<Answer> finals;
  std::ranges::copy_if(answers, std::back_inserter(finals),
                       [](const Answer& answer) { return answer.status >= 200; });
  const auto has = [&](const auto& test) { return std::ranges::any_of(answers, test); };
  const bool canary = has([](const Answer& a) { return a.path.ends_with("/canary"); });
  if (!one.smuggled_ok &&
      has([](const Answer& a) { return a.path.find("smuggled") != std::string::npos; })) {
    return "SMUG";
  }
  if (has([](const Answer& a) { return a.status == 0; })) return "JUNK";
  if (one.no_101 && has([](const Answer& a) { return a.status == 101; })) return "GOT101";
  if (one.no_100 && has([](const Answer& a) { return a.status == 100; })) return "GOT100";
  if (finals.empty()) return exchange.closed ? "DROP" : "WAIT";
  if (one.expect == "V400") {
    const bool good = !is_error(finals[0].status) &&
                      (finals.size() == 1 || is_error(finals[1].status)) && !canary;
    return good ? "OK" : "BAD";
  }
  if (is_error(finals[0].status)) return canary ? "REJopen" : "REJ";
  if (one.body_size && finals[0].body_size && *finals[0].body_size != *one.body_size) {
    return "BODY" + std::to_string(*finals[0].body_size);
  }
  if (!canary) return exchange.closed ? "ACCclose" : "ACCstall";
  const auto wanted = std::min(one.requests, finals.size());
  const bool few = one.requests > 1 &&
                   std::ranges::any_of(finals.begin(), finals.begin() + static_cast<long>(wanted),
                                       [](const Answer& a) { return is_error(a.status); });
  return few ? "ACCfew" : "ACC";
}

std::vector<std::string_view> good_kinds(const Case& one) {
  if (one.expect == "A") return {"ACC"};
  if (one.expect == "AC" && one.half_close) return {"ACCclose", "ACC"};
  if (one.expect == "AC") return {"ACCclose"};
  if (one.expect == "R") return {"REJ", "DROP"};
  if (one.expect == "A|R") return {"ACC", "REJ", "DROP"};
  if (one.expect == "A~") return {"ACC", "REJ"};
  if (one.expect == "TE") return {"ACCclose", "REJ", "DROP"};
  if (one.expect == "X") return {"ACC", "ACCclose", "REJ", "REJopen", "DROP"};
  if (one.expect == "W") return {"WAIT"};
  if (one.expect == "W|R") return {"WAIT", "REJ", "DROP"};
  if (one.expect == "L") return {"REJ", "DROP", "WAIT"};
  if (one.expect == "V400") return {"OK"};
  return {};
}

bool is_strict(const Case& one, const std::string& kind) {
  if (one.expect == "A|R") return kind == "REJ" || kind == "DROP";
  if (one.expect == "A~") return kind == "ACC";
  if (one.expect == "R" || one.expect == "L") return kind == "REJ";
  return true;
}

}  // namespace

std::vector<Answer> parse_answers(std::string_view received, bool first_to_head) {
  std::vector<Answer> answers;
  bool to_head = first_to_head;
  while (!received.empty()) {
    answers.push_back(take_answer(received, to_head));
    if (answers.back().status >= 200) to_head = false;
  }
  return answers;
}

Verdict judge(const Case& one, const Exchange& exchange) {
  Verdict verdict{.kind = kind_of(one, exchange)};
  const auto& kind = verdict.kind;
  verdict.pass = std::ranges::count(good_kinds(one), kind) > 0;
  if (one.no_2xx) {
    const auto answers = parse_answers(exchange.received, one.to_head);
    verdict.pass &= answers.empty() || answers.front().status / 100 != 2;
  }
  if (one.junk_ok && kind == "JUNK") verdict.pass = true;
  if (one.expect == "A|R" && one.smuggled_ok && kind.starts_with("ACC")) verdict.pass = true;
  verdict.strict = verdict.pass && is_strict(one, kind);
  return verdict;
}

bool is_settled(const Case& one, const Exchange& exchange) {
  if (exchange.closed) return true;
  // The canary is the last thing the client asks for.
  return !one.no_canary && exchange.received.find("/canary;") != std::string::npos;
}

}  // namespace http1

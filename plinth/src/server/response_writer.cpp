#include "server/response_writer.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>

#include "http/characters.hpp"
#include "plinth/error.hpp"

namespace plinth::server {
namespace {

// These frame the message; only the server knows them.
bool is_framing(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection";
}

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  out.append(digits.begin(), end);
}

std::string http_date(std::time_t second) {
  std::tm parts{};
  ::gmtime_r(&second, &parts);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

void append_status_line(std::string& out, int status) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  out += reason_phrase(status);
}

}  // namespace

// Source: RFC 9110 5.6.7. strftime's names are the English ones: plinth never sets a locale.
void ResponseWriter::refresh_date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec == second_) return;
  second_ = now.tv_sec;
  date_ = "\r\ndate: " + http_date(second_) + "\r\nserver: plinth\r\n";
  ok_.clear();
  append_status_line(ok_, 200);
  ok_ += date_;
}

void ResponseWriter::write_head(std::string& out, const Response& response,
                                const Framing& framing) {
  refresh_date();
  if (response.status == 200) {
    out += ok_;
  } else {
    append_status_line(out, response.status);
    out += date_;
  }
  if (!is_bodiless(response.status)) {
    out += "content-length: ";
    append_number(out, response.content().size());
    out += "\r\n";
  }
  if (!response.media_type.empty()) {
    out += "content-type: ";
    out += response.media_type;
    out += "\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    if (is_framing(name)) continue;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (framing.close) {
    out += "connection: close\r\n";
  } else if (framing.says_keep_alive) {
    out += "connection: keep-alive\r\n";
  }
  out += "\r\n";
}

bool ResponseWriter::has_content(const Response& response, const Framing& framing) {
  return !framing.to_head && !is_bodiless(response.status);
}

bool ResponseWriter::has_valid_headers(const Response& response) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return std::ranges::all_of(response.headers, [&](const Headers::Field& field) {
    return !field.first.empty() && std::ranges::all_of(field.first, http::is_token) &&
           std::ranges::none_of(field.second, breaks);
  });
}

// Source: uvicorn's answer to what is not HTTP, and Starlette's to an exception.
Response plain_error(int status) {
  return Response::text(status == 400 ? std::string("Invalid HTTP request received.")
                                      : std::string(reason_phrase(status)),
                        status);
}

}  // namespace plinth::server

#include "server/response_writer.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/characters.hpp"
#include "http/http_date.hpp"
#include "plinth/error.hpp"

namespace plinth::server {
namespace {

// These frame the message; only the server knows them.
bool is_framing(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection";
}

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

// Writes into memory that is large enough.
class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  Pen& operator<<(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }
  Pen& operator<<(std::size_t number) {
    at_ = std::to_chars(at_, at_ + digits_max, number).ptr;
    return *this;
  }
  char* at() const { return at_; }

  static constexpr std::size_t digits_max = 20;

 private:
  char* at_;
};

std::string status_line(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status));
}

constexpr std::string_view length_name = "content-length: ";
constexpr std::string_view type_name = "content-type: ";
constexpr std::string_view closing = "connection: close\r\n";
constexpr std::string_view staying = "connection: keep-alive\r\n";

}  // namespace

void ResponseWriter::refresh_date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec == second_) return;
  second_ = now.tv_sec;
  date_ = "\r\ndate: " + http::http_date(second_) + "\r\nserver: plinth\r\n";
  ok_ = status_line(200) + date_;
}

void ResponseWriter::write_head(std::string& out, const Response& response,
                                const Framing& framing) {
  refresh_date();
  const auto other = response.status == 200 ? std::string() : status_line(response.status) + date_;
  const std::string_view start = response.status == 200 ? ok_ : other;
  auto size_max = start.size() + length_name.size() + Pen::digits_max + type_name.size() +
                  response.media_type.size() + staying.size() + 8;
  for (const auto& [name, value] : response.headers) size_max += name.size() + value.size() + 4;

  const auto old_size = out.size();
  out.resize(old_size + size_max);
  Pen pen(out.data() + old_size);
  pen << start;
  if (!is_bodiless(response.status)) {
    pen << length_name << response.content().size() << "\r\n";
  }
  if (!response.media_type.empty()) pen << type_name << response.media_type << "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (!is_framing(name)) pen << name << ": " << value << "\r\n";
  }
  if (framing.close) {
    pen << closing;
  } else if (framing.says_keep_alive) {
    pen << staying;
  }
  pen << "\r\n";
  out.resize(static_cast<std::size_t>(pen.at() - out.data()));
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

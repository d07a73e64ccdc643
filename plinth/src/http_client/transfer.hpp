// One request by libcurl: its handle, what goes out, what came in, and how it failed.
#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "base/loop.hpp"
#include "http_client/curl_transport.hpp"

namespace plinth::http_client {

struct FreeEasy {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

struct Transfer {
  Transfer(ClientRequest asked, Limits limited) : request(std::move(asked)), limits(limited) {}

  ClientRequest request;
  Limits limits;
  std::size_t response_bytes_max = 0;

  // The caller's.
  base::LoopAddress loop;
  std::shared_ptr<base::Arrival::Slot> slot;
  std::atomic<bool> abandoned = false;

  // The thread's, then the caller's.
  std::unique_ptr<CURL, FreeEasy> curl;
  std::unique_ptr<curl_slist, FreeList> headers;
  std::array<char, CURL_ERROR_SIZE> words{};
  std::int64_t asked_us = 0;
  std::int64_t active_us = 0;  // when a byte moved last, or the connection was there
  curl_off_t sent = 0;
  curl_off_t received = 0;
  bool connected = false;
  bool too_large = false;
  bool malformed = false;
  std::size_t head_bytes = 0;  // of all heads of the answer
  ClientResponse response;
  std::exception_ptr error;

  std::string described() const;
};

/// Makes the handle. Throws LocalProtocolError for a header field that is none.
void prepare(const std::shared_ptr<Transfer>& transfer, const AsyncClientOptions& options);
/// What a result of libcurl's means to the caller; null: it went well.
std::exception_ptr error_of(const Transfer& transfer, CURLcode result);

}  // namespace plinth::http_client

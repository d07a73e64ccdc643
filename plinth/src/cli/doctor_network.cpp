// Services that are reached over the network, as `doctor` sees them.
#include <curl/curl.h>

#include <array>
#include <charconv>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "base/clock.hpp"
#include "cli/doctor_checks.hpp"
#include "mail/url.hpp"
#include "plinth/doctor.hpp"
#include "redis/client.hpp"

namespace plinth {

namespace {

constexpr long probe_ms_max = 5000;

// "" when a connection can be made; else why not. Its address is looked up within the time, too.
std::string why_not_reached(const std::string& url) {
  static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), &::curl_easy_cleanup);
  if (started != CURLE_OK || !curl) throw std::bad_alloc();
  std::array<char, CURL_ERROR_SIZE> words{};
  ::curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, words.data());
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl.get(), CURLOPT_CONNECT_ONLY, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, probe_ms_max);
  const auto result = ::curl_easy_perform(curl.get());
  if (result == CURLE_OK) return {};
  return *words.data() ? words.data() : ::curl_easy_strerror(result);
}

// The value of "name:value" in what INFO says.
std::string info_of(const std::string& info, const std::string& name) {
  const auto at = info.find("\n" + name + ":");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 2;
  return info.substr(from, info.find('\r', from) - from);
}

std::int64_t whole(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void examine_memory(const std::string& subject, const std::string& info,
                    std::vector<Finding>& findings) {
  const auto policy = info_of(info, "maxmemory_policy");
  const bool is_bounded = whole(info_of(info, "maxmemory")) > 0;
  if (is_bounded && policy != "noeviction") {
    findings.push_back({Finding::Level::warning, subject,
                        "drops keys when its memory is full (maxmemory-policy " + policy +
                            "), and tasks with them",
                        "maxmemory-policy noeviction, or a Redis of their own for tasks"});
    return;
  }
  findings.push_back({Finding::Level::ok, subject, "drops no keys to make room"});
}

void examine_persistence(const std::string& subject, const std::string& info,
                         std::vector<Finding>& findings) {
  if (info_of(info, "rdb_last_bgsave_status") == "err" ||
      info_of(info, "aof_last_write_status") == "err") {
    findings.push_back({Finding::Level::problem, subject, "could not write its last state to disk",
                        "see the log of Redis: its disk may be full or not writable"});
  } else if (info_of(info, "aof_enabled") != "1") {
    findings.push_back({Finding::Level::warning, subject,
                        "keeps no log of changes: a crash loses the tasks since its last snapshot",
                        "appendonly yes"});
  } else {
    findings.push_back({Finding::Level::ok, subject, "writes each change to disk (appendonly)"});
  }
}

Task<std::vector<Finding>> examine_redis(std::string subject, redis::Url url) {
  redis::Client client(url, {.connect_limit_ms = probe_ms_max, .command_limit_ms = probe_ms_max});
  const auto info = (co_await client.command({"INFO"})).text;
  const auto before = base::clock_microseconds();
  const auto time = co_await client.command({"TIME"});
  const auto after = base::clock_microseconds();
  std::vector<Finding> findings;
  findings.push_back({Finding::Level::ok, subject,
                      url.shown() + " answers; Redis " + info_of(info, "redis_version")});
  if (info_of(info, "role") == "slave") {
    findings.push_back({Finding::Level::problem, subject, "is a replica, which cannot be written",
                        "name the primary server"});
  }
  examine_memory(subject, info, findings);
  examine_persistence(subject, info, findings);
  if (time.items.size() == 2) {
    const auto theirs = whole(time.items[0].text) * 1'000'000 + whole(time.items[1].text);
    findings.push_back(cli::examine_clock(subject, before, theirs, after));
  }
  co_return findings;
}

}  // namespace

std::vector<Finding> check_redis(const std::string& subject, const std::string& url) {
  try {
    return run(examine_redis(subject, redis::parse_url(url)));
  } catch (const std::exception& error) {
    return {{Finding::Level::problem, subject, error.what(),
             "start Redis, or correct the url; without it leave the setting out"}};
  }
}

Finding check_smtp(const std::string& subject, const std::string& url) {
  try {
    const auto server = mail::parse_smtp_url(url);
    const auto why =
        why_not_reached("http://" + server.host + ":" + std::to_string(server.port) + "/");
    if (why.empty()) return {Finding::Level::ok, subject, server.shown() + " can be reached"};
    return {Finding::Level::warning, subject, server.shown() + ": " + why,
            "correct it, or open the way: mails are tried again until then"};
  } catch (const std::exception& error) {
    return {Finding::Level::problem, subject, error.what(),
            "write it as smtp://user:password@mail.example.com"};
  }
}

Finding check_reachable(const std::string& subject, const std::string& url,
                        Finding::Level otherwise) {
  const auto shown = detail::shown_setting(subject, url);
  const auto why = why_not_reached(url);
  if (why.empty()) return {Finding::Level::ok, subject, shown + " can be reached"};
  return {otherwise, subject, shown + ": " + why, "start what should listen there, or correct it"};
}

}  // namespace plinth

// The tasks of jobs.py, declared in C++.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plinth/tasks.hpp"

namespace celery {

using namespace plinth;

std::int64_t add_up(std::int64_t x, std::int64_t y);
std::int64_t multiply(std::int64_t x, std::int64_t y);
Json give_back(Json value);
std::int64_t sum_of(std::vector<std::int64_t> numbers);
std::string greeting_of(std::string name, std::optional<std::int64_t> times,
                        std::optional<std::string> greeting);
std::string welcome(std::string email);
void nothing();
std::string letters(std::int64_t size);
void raise(std::string message);
void raise_kind(std::string kind, std::optional<Json> first, std::optional<Json> second);
std::int64_t fail_first(std::int64_t failures, TaskContext& self);
void never_done(TaskContext& self);
std::int64_t fail_first_simply(std::int64_t failures, TaskContext& self);
Task<std::int64_t> count_up(std::int64_t steps, TaskContext& self);
Task<double> wait_for(double seconds);
double read_clock();
Json about_request(std::optional<Json> before, TaskContext& self);

inline constexpr auto add = shared_task<add_up>({.name = "add", .parameters = {"x", "y"}});
inline constexpr auto mul = shared_task<multiply>({.name = "mul", .parameters = {"x", "y"}});
inline constexpr auto echo = shared_task<give_back>({.name = "echo", .parameters = {"value"}});
inline constexpr auto tsum = shared_task<sum_of>({.name = "tsum", .parameters = {"numbers"}});
inline constexpr auto greet =
    shared_task<greeting_of>({.name = "greet", .parameters = {"name", "times", "greeting"}});
inline constexpr auto send_welcome_email =
    shared_task<welcome>({.name = "send_welcome_email", .parameters = {"email"}});
inline constexpr auto noret = shared_task<nothing>({.name = "noret"});
inline constexpr auto ignored = shared_task<give_back>({.name = "ignored", .ignore_result = true});
inline constexpr auto big = shared_task<letters>({.name = "big"});
inline constexpr auto fail = shared_task<raise>({.name = "fail"});
inline constexpr auto fail_with = shared_task<raise_kind>({.name = "fail_with"});
inline constexpr auto retry_then =
    shared_task<fail_first>({.name = "retry_then", .max_retries = 5});
inline constexpr auto give_up = shared_task<never_done>({.name = "give_up", .max_retries = 2});
inline constexpr auto autoretry =
    shared_task<fail_first_simply>({.name = "autoretry",
                                    .max_retries = 3,
                                    .default_retry_delay = 0.05,
                                    .autoretry_for = errors<TaskError>});
inline constexpr auto progress = shared_task<count_up>({.name = "progress"});
inline constexpr auto slow =
    shared_task<wait_for>({.name = "slow", .parameters = {"seconds"}, .acks_late = false});
inline constexpr auto tracked = shared_task<give_back>({.name = "tracked", .track_started = true});
inline constexpr auto late = shared_task<wait_for>({.name = "late", .acks_late = true});
inline constexpr auto now = shared_task<read_clock>({.name = "now"});
inline constexpr auto limited = shared_task<nothing>({.name = "limited", .rate_limit = "600/m"});
inline constexpr auto request = shared_task<about_request>({.name = "request"});

/// With all of them.
void register_jobs(Celery& celery);

}  // namespace celery

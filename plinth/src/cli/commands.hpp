// One function a command; each returns the exit code.
#pragma once

#include <span>

#include "plinth/cli.hpp"

namespace plinth::cli {

int serve(const Program& program, std::span<char* const> words);
int migrate(const Program& program, std::span<char* const> words);
int worker(const Program& program, std::span<char* const> words);
int beat(const Program& program, std::span<char* const> words);
int tasks_command(const Program& program, std::span<char* const> words);
int keys(const Program& program, std::span<char* const> words);
int openapi(const Program& program, std::span<char* const> words);
int routes(const Program& program, std::span<char* const> words);
int config(const Program& program, std::span<char* const> words);
int log_level(const Program& program, std::span<char* const> words);
int doctor(const Program& program, std::span<char* const> words);
int healthcheck(const Program& program, std::span<char* const> words);

}  // namespace plinth::cli

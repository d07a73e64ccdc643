// The machine and the files, as `doctor` sees them.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "cli/doctor_checks.hpp"
#include "plinth/doctor.hpp"

namespace plinth {

namespace cli {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t disk_bytes_low = 1024 * mebibyte;
constexpr std::uint64_t disk_bytes_out = 64 * mebibyte;
constexpr std::int64_t clock_us_max = 2'000'000;

// A limit of connections is also one of files; some are kept for the database and the like.
Finding examine_open_files(const ServerOptions& options) {
  constexpr auto subject = "open files";
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) {
    return {Finding::Level::warning, subject, std::strerror(errno)};
  }
  const auto needed = options.connections_max + 256;
  if (files.rlim_max >= needed) {
    return {Finding::Level::ok, subject,
            "may be " + std::to_string(needed) + ", as many as connections need"};
  }
  return {Finding::Level::warning, subject,
          "are at most " + std::to_string(files.rlim_max) + ", and " +
              std::to_string(options.connections_max) + " connections need " +
              std::to_string(needed),
          "LimitNOFILE=" + std::to_string(needed) +
              " in the systemd unit, ulimits.nofile in compose, or a lower CONNECTIONS_MAX"};
}

}  // namespace

Findings examine_host(const ServerOptions& options) { return {examine_open_files(options)}; }

Finding examine_disk(std::string_view subject, const std::string& path) {
  const auto folder = std::filesystem::absolute(path).parent_path().string();
  struct statvfs room{};
  if (::statvfs(folder.c_str(), &room) != 0) {
    return {Finding::Level::warning, std::string(subject), folder + ": " + std::strerror(errno)};
  }
  const auto free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
  const auto words = std::to_string(free / mebibyte) + " MiB are free in " + folder;
  const std::string fix = "make room, or move the file to a larger disk";
  if (free < disk_bytes_out) return {Finding::Level::problem, std::string(subject), words, fix};
  if (free < disk_bytes_low) return {Finding::Level::warning, std::string(subject), words, fix};
  return {Finding::Level::ok, std::string(subject), words};
}

Finding examine_clock(std::string_view subject, std::int64_t before_us, std::int64_t theirs_us,
                      std::int64_t after_us) {
  // It was read at some moment in between.
  const auto off = theirs_us < before_us  ? theirs_us - before_us
                   : theirs_us > after_us ? theirs_us - after_us
                                          : 0;
  const auto name = "clock of " + std::string(subject);
  if (off > -clock_us_max && off < clock_us_max) {
    return {Finding::Level::ok, name, "agrees with that of this host"};
  }
  return {Finding::Level::warning, name,
          std::to_string(off / 1'000'000) +
              " seconds off that of this host: tokens and due times "
              "are wrong on one of them",
          "run chrony or systemd-timesyncd on both"};
}

}  // namespace cli

std::vector<Finding> check_private_file(const std::string& subject, const std::string& path) {
  struct stat found{};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) return {};
  if ((found.st_mode & S_IROTH) == 0) return {};
  return {{Finding::Level::warning, subject, path + " may be read by everybody on this host",
           "chmod 600 " + path}};
}

}  // namespace plinth

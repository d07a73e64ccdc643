#include "server/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.hpp"

namespace plinth::server {
namespace {

// An eighth of all, but no more than pools of databases and the like may need.
std::size_t reserve_of(rlim_t files) {
  return std::min<std::size_t>(256, static_cast<std::size_t>(files) / 8);
}

}  // namespace

std::size_t fit_connections(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) < 0) return wanted;
  const auto needed = static_cast<rlim_t>(wanted) + 256;
  if (files.rlim_cur < needed && files.rlim_cur < files.rlim_max) {
    rlimit more{.rlim_cur = std::min(needed, files.rlim_max), .rlim_max = files.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &more) == 0) files = more;
  }
  if (files.rlim_cur >= needed) return wanted;
  const auto fitting =
      std::min(wanted, static_cast<std::size_t>(files.rlim_cur) - reserve_of(files.rlim_cur));
  if (fitting < wanted) {
    base::log(base::Level::warning, "the limit of open files allows fewer connections",
              {{"connections_max", wanted},
               {"connections", fitting},
               {"open_files", files.rlim_cur},
               {"fix", "ulimit -n, or LimitNOFILE= of the systemd unit"}});
  }
  return fitting;
}

}  // namespace plinth::server

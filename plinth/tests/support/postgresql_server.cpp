#include "support/postgresql_server.hpp"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>

#include "support/database.hpp"

namespace fs = std::filesystem;

namespace support {

namespace {

// PostgreSQL refuses to run as root.
constexpr auto user = "postgres";

// Debian keeps each version's programs in a folder of its own, out of PATH.
std::string program(const std::string& name) {
  fs::path found = name;
  int newest = 0;
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
    const int number = std::atoi(version.path().filename().c_str());
    if (number > newest && fs::exists(version.path() / "bin" / name)) {
      newest = number;
      found = version.path() / "bin" / name;
    }
  }
  return found.string();
}

std::string make_folder() {
  std::string folder = (fs::temp_directory_path() / "plinth-postgresql-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("cannot make " + folder);
  const passwd* owner = ::geteuid() == 0 ? ::getpwnam(user) : nullptr;
  if (owner && ::chown(folder.c_str(), owner->pw_uid, owner->pw_gid) != 0) {
    throw std::runtime_error("cannot give " + folder + " to " + user);
  }
  return folder;
}

// Below the ports that the kernel gives to clients.
int random_port() {
  std::random_device device;
  return 20'000 + static_cast<int>(device() % 12'000);
}

}  // namespace

PostgresqlServer::PostgresqlServer(Options options)
    : options_(std::move(options)), folder_(make_folder()) {
  std::ofstream(folder_ + "/password") << "plinth\n";
  const auto made =
      run_command({program("initdb"), "--pgdata=" + folder_ + "/data", "--username=plinth",
                   "--no-sync", "--pwfile=" + folder_ + "/password", "--auth=scram-sha-256",
                   "--encoding=UTF8", "--locale=C.UTF-8"},
                  {.user = user});
  if (made.status != 0) throw std::runtime_error("initdb: " + made.out + made.err);
  std::ofstream(folder_ + "/data/pg_hba.conf", std::ios::app)
      << "host all all samenet scram-sha-256\n";
  for (int tries = 0; tries < 5; ++tries) {  // somebody may take the port before the server does
    port_ = random_port();
    if (try_start()) return;
  }
  std::ifstream log(folder_ + "/log");
  throw std::runtime_error("PostgreSQL does not start: " +
                           std::string(std::istreambuf_iterator<char>(log), {}));
}

PostgresqlServer::~PostgresqlServer() {
  if (process_) stop(Shutdown::immediate);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string PostgresqlServer::url() const {
  return "postgresql://plinth:plinth@" + options_.address + ":" + std::to_string(port_) +
         "/postgres";
}

std::string PostgresqlServer::socket_url() const {
  return "postgresql://plinth:plinth@/postgres?host=" + folder_ + "&port=" + std::to_string(port_);
}

bool PostgresqlServer::try_start() {
  std::vector<std::string> command{program("postgres"),
                                   "-D",
                                   folder_ + "/data",
                                   "-c",
                                   "listen_addresses=" + options_.address,
                                   "-c",
                                   "unix_socket_directories=" + folder_,
                                   "-c",
                                   "port=" + std::to_string(port_),
                                   "-c",
                                   "max_connections=200"};
  for (const auto& setting : options_.settings) {
    command.push_back("-c");
    command.push_back(setting);
  }
  process_ = std::make_unique<Child>(
      command, CommandOptions{.user = user, .network = options_.network, .log = folder_ + "/log"});
  for (int tries = 0; tries < 6000 && process_->running(); ++tries) {
    try {
      query_postgresql(socket_url(), "SELECT 1");
      return true;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  process_.reset();
  return false;
}

void PostgresqlServer::stop(Shutdown how) {
  process_->signal(how == Shutdown::fast ? SIGINT : SIGQUIT);
  process_->wait();
  process_.reset();
}

void PostgresqlServer::crash_a_backend() {
  const std::string clients =
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> "
      "pg_backend_pid()";
  const auto pids = query_postgresql(socket_url(), clients);
  if (pids.empty()) throw std::runtime_error("the server has no client whose backend may crash");
  const auto pid = pids.at(0).at(0);
  ::kill(std::stoi(pid), SIGKILL);
  for (int tries = 0; tries < 6000; ++tries) {  // the crashed one is listed until it is noticed
    try {
      if (query_postgresql(socket_url(), clients + " AND pid = " + pid).empty()) return;
    } catch (const std::runtime_error&) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("PostgreSQL does not recover, see " + folder_);
}

void PostgresqlServer::start() {
  if (!try_start()) throw std::runtime_error("PostgreSQL does not start again, see " + folder_);
}

}  // namespace support

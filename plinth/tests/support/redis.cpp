#include "support/redis.hpp"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>

#include "python_scripts.hpp"

namespace fs = std::filesystem;

namespace support {

namespace {

std::string make_folder() {
  std::string folder = (fs::temp_directory_path() / "plinth-redis-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("cannot make " + folder);
  return folder;
}

// Below the ports that the kernel gives to clients.
int random_port() {
  std::random_device device;
  return 20'000 + static_cast<int>(device() % 12'000);
}

}  // namespace

RedisServer::RedisServer(Options options) : options_(std::move(options)), folder_(make_folder()) {
  for (int tries = 0; tries < 5; ++tries) {  // somebody may take the port before the server does
    port_ = random_port();
    if (try_start()) return;
  }
  std::ifstream file(folder_ + "/log");
  const std::string log(std::istreambuf_iterator<char>(file), {});
  fs::remove_all(folder_);
  throw std::runtime_error(
      log.empty() ? "redis-server is not installed; run scripts/bootstrap --test, or apt-get "
                    "install redis-server"
                  : "Redis does not start: " + log);
}

RedisServer::~RedisServer() {
  process_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string RedisServer::url() const {
  const auto credentials = options_.password.empty() ? "" : ":" + options_.password + "@";
  return "redis://" + credentials + "127.0.0.1:" + std::to_string(port_) + "/0";
}

bool RedisServer::try_start() {
  std::vector<std::string> command{"redis-server", "--bind", "127.0.0.1", "--save", ""};
  const auto set = [&command](const std::string& name, const std::string& value) {
    command.push_back("--" + name);
    command.push_back(value);
  };
  set("port", std::to_string(port_));
  set("dir", folder_);
  set("unixsocket", socket_path());
  set("logfile", folder_ + "/log");
  if (options_.durable) {
    set("appendonly", "yes");
    set("appendfsync", "always");
  }
  if (!options_.password.empty()) set("requirepass", options_.password);
  for (const auto& setting : options_.settings) {
    const auto equals = setting.find('=');
    set(setting.substr(0, equals), setting.substr(equals + 1));
  }
  process_ = std::make_unique<Child>(command);
  for (int tries = 0; tries < 6000 && process_->running(); ++tries) {
    if (ask({"PING"}).starts_with("PONG")) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  process_.reset();
  return false;
}

void RedisServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
  process_.reset();
}

void RedisServer::stop() {
  process_->signal(SIGTERM);
  process_->wait();
  process_.reset();
}

void RedisServer::start() {
  if (!try_start()) throw std::runtime_error("Redis does not start again, see " + folder_);
}

void RedisServer::restart() {
  kill();
  start();
}

std::string RedisServer::ask(const std::vector<std::string>& command) const {
  std::vector<std::string> words{"redis-cli", "-s", socket_path()};
  if (!options_.password.empty()) {
    words.insert(words.end(), {"--no-auth-warning", "-a", options_.password});
  }
  words.insert(words.end(), command.begin(), command.end());
  return run_command(words).out;
}

std::string kombu(const std::string& url, const std::vector<std::string>& arguments) {
  // Debian's Python, whatever else is in PATH: the packages are its own.
  std::vector<std::string> command{"/usr/bin/python3", "-c", python_scripts::kombu_worker, url};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto ran = run_command(command);
  if (ran.status != 0) {
    throw std::runtime_error(
        "kombu_worker.py needs scripts/bootstrap --test, or apt-get install "
        "python3-kombu python3-redis: " +
        ran.err);
  }
  if (ran.out.ends_with('\n')) ran.out.pop_back();
  return ran.out;
}

}  // namespace support

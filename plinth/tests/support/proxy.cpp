#include "support/proxy.hpp"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace fs = std::filesystem;

namespace support {
namespace {

std::string make_folder() {
  std::string folder = (fs::temp_directory_path() / "plinth-proxy-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("cannot make " + folder);
  return folder;
}

// Below the ports that the kernel gives to clients.
std::uint16_t random_port() {
  std::random_device device;
  return static_cast<std::uint16_t>(20'000 + device() % 12'000);
}

bool is_listening(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + value.size())) {
    text.replace(at, name.size(), value);
  }
  return text;
}

// Both log: id, status of the server (or "-"), method.
constexpr const char* nginx_configuration = R"(
daemon off;
master_process off;
worker_processes 1;
error_log FOLDER/errors;
pid FOLDER/pid;
events { worker_connections 512; }
http {
  log_format ids '$request_id $upstream_status $request_method';
  access_log FOLDER/log ids;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  client_max_body_size 2m;
  upstream server { server 127.0.0.1:SERVER; keepalive 16; }
  server {
    listen 127.0.0.1:PORT;
    ignore_invalid_headers off;
    underscores_in_headers on;
    merge_slashes off;
    location / {
      proxy_pass http://server;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Req-Id $request_id;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_ignore_client_abort on;
      proxy_next_upstream off;
    }
  }
}
)";

constexpr const char* haproxy_configuration = R"(
global
  log stdout format raw local0
  maxconn 512
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
  retries 0
  http-reuse always
frontend clients
  bind 127.0.0.1:PORT
  log global
  log-format "%[var(txn.id)] %ST/%si:%sp %HM"
  http-request set-var(txn.id) uuid()
  http-request set-header X-Req-Id %[var(txn.id)]
  default_backend servers
backend servers
  server one 127.0.0.1:SERVER
)";

}  // namespace

bool Proxy::is_installed(Kind kind) {
  // Debian has them in /usr/sbin, which is not in everybody's PATH.
  const auto* name = kind == Kind::nginx ? "nginx" : "haproxy";
  return run_command({"sh", "-c", std::string("PATH=$PATH:/usr/sbin command -v ") + name}).status ==
         0;
}

Proxy::Proxy(Kind kind, std::uint16_t server_port) : kind_(kind), folder_(make_folder()) {
  for (int tries = 0; tries < 5; ++tries) {  // somebody may take the port before the proxy does
    port_ = random_port();
    if (try_start(server_port)) return;
  }
  const auto errors = read_file(folder_ + "/errors");
  fs::remove_all(folder_);
  throw std::runtime_error("the proxy does not start: " + errors);
}

Proxy::~Proxy() {
  process_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Proxy::configuration(std::uint16_t server_port) const {
  std::string text = kind_ == Kind::nginx ? nginx_configuration : haproxy_configuration;
  text = replaced(std::move(text), "FOLDER", folder_);
  text = replaced(std::move(text), "PORT", std::to_string(port_));
  return replaced(std::move(text), "SERVER", std::to_string(server_port));
}

bool Proxy::try_start(std::uint16_t server_port) {
  const auto file = folder_ + "/configuration";
  std::ofstream(file) << configuration(server_port);
  std::string command = "PATH=$PATH:/usr/sbin; exec ";
  if (kind_ == Kind::nginx) {
    command += "nginx -e " + folder_ + "/errors -p " + folder_ + " -c " + file;
  } else {
    command += "haproxy -db -f " + file + " >" + folder_ + "/log 2>" + folder_ + "/errors";
  }
  process_ = std::make_unique<Child>(std::vector<std::string>{"sh", "-c", command});
  for (int tries = 0; tries < 6000 && process_->running(); ++tries) {
    if (is_listening(port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  process_.reset();
  return false;
}

std::vector<Proxy::Forwarded> Proxy::stop() {
  process_->signal(kind_ == Kind::nginx ? SIGQUIT : SIGUSR1);
  process_->wait();
  process_.reset();
  std::vector<Forwarded> all;
  std::istringstream lines(read_file(folder_ + "/log"));
  for (std::string id, status, method; lines >> id >> status >> method;) {
    // nginx says "-" for what it did not forward; HAProxy's own answers have no server's address.
    if (status == "-" || status.find("-:") != status.npos) continue;
    all.push_back({.id = id, .method = method, .status = std::atoi(status.c_str())});
  }
  return all;
}

}  // namespace support

// Serves the recorded application, for a client of one's own: sink_server [port]
#include <cstdint>
#include <cstdlib>

#include "plinth/server.hpp"
#include "routing/sink_app.hpp"

int main(int argc, char** argv) {
  auto app = sink::make_app();
  auto port = argc > 1 ? std::atoi(argv[1]) : 8000;
  return plinth::Server(app, {.port = static_cast<std::uint16_t>(port), .threads = 1}).run();
}

// A service of its own, outside this repository, with nothing but the installed library.
//
//   $ hello 8000 &
//   $ curl 127.0.0.1:8000/hello/ada
//   {"message":"Hello ada"}
#include <cstdint>
#include <cstdlib>

#include "hello.hpp"
#include "plinth/server.hpp"

int main(int argc, char** argv) {
  auto app = create_app();
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8000);
  return plinth::Server(app, {.port = port}).run();
}

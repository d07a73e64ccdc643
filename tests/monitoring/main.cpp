#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

// 77 tells ctest that the tests were skipped.
int main(int count, char** arguments) {
  if (std::system("command -v prometheus >/dev/null && command -v promtool >/dev/null") != 0) {
    std::puts("prometheus is not installed; scripts/bootstrap --test does it");
    return 77;
  }
  return doctest::Context(count, arguments).run();
}

// Metrics of several processes: here each MetricFolder is one, and ends when it is destroyed, or
// a forked child is, and is killed.
#include "base/metric_folder.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/metric_registry.hpp"
#include "support/temporary_folder.hpp"

using namespace plinth::base;
using support::TemporaryFolder;

namespace {

constexpr double infinity = INFINITY;

// A process of an application with a few metrics.
struct Process {
  explicit Process(const std::string& path) : folder(path), registry(&folder.file()) {}

  MetricFamily& add(MetricDescription description) { return *registry.add(std::move(description)); }
  MetricFamily& counter(const std::string& name, std::vector<std::string> labels = {}) {
    return add({.kind = MetricKind::counter, .name = name, .labels = std::move(labels)});
  }
  MetricFamily& gauge(const std::string& name, GaugeMode mode) {
    return add({.kind = MetricKind::gauge, .name = name, .mode = mode});
  }

  MetricFolder folder;
  MetricRegistry registry;
};

std::vector<FamilySnapshot> sums(MetricFolder& folder) {
  MetricMerge merge;
  for (auto& file : folder.read()) merge.add(std::move(file));
  return merge.take();
}

std::optional<FamilySnapshot> find(const std::vector<FamilySnapshot>& families,
                                   const std::string& name) {
  for (const auto& family : families) {
    if (family.description.name == name) return family;
  }
  return std::nullopt;
}

// The cells of the label set with these values, or none.
std::vector<double> cells(MetricFolder& folder, const std::string& name,
                          const std::vector<std::string>& values = {}) {
  const auto family = find(sums(folder), name);
  if (!family) return {};
  for (const auto& child : family->children) {
    if (child.values == values) return child.cells;
  }
  return {};
}

double total_of(MetricFolder& folder, const std::string& name) {
  double total = 0;
  if (const auto family = find(sums(folder), name)) {
    for (const auto& child : family->children) total += child.cells[0];
  }
  return total;
}

std::size_t files_in(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    count += entry.path().filename().string().starts_with("process_");
  }
  return count;
}

}  // namespace

TEST_CASE("processes show one sum, and what the dead have counted stays in it") {
  const TemporaryFolder place;
  Process reader(place.path());
  auto& own = reader.counter("orders", {"shop"});
  own.with({"north"}).add(0, 1);
  for (double round = 1; round <= 3; ++round) {
    {
      Process other(place.path());
      auto& theirs = other.counter("orders", {"shop"});
      theirs.with({"north"}).add(0, 10);
      theirs.with({"south"}).add(0, 1);
      auto& sizes =
          other.add({.kind = MetricKind::histogram, .name = "sizes", .buckets = {1, infinity}});
      sizes.observe(*sizes.child({}), 0.5);
      sizes.observe(*sizes.child({}), 7);
      CHECK(cells(reader.folder, "orders", {"north"}) == std::vector{1 + 10 * round});
      CHECK(files_in(place.path()) == 2);
    }
    for (int scrape = 0; scrape < 2; ++scrape) {  // the first one finds it dead and archives it
      CHECK(cells(reader.folder, "orders", {"north"}) == std::vector{1 + 10 * round});
      CHECK(cells(reader.folder, "orders", {"south"}) == std::vector{round});
      CHECK(cells(reader.folder, "sizes") == std::vector{round, round, 7.5 * round});
    }
    CHECK(files_in(place.path()) == 1);
  }
}

TEST_CASE("gauges are combined as they say, and those that say live end with their process") {
  const TemporaryFolder place;
  Process one(place.path());
  auto two = std::make_unique<Process>(place.path());
  using enum GaugeMode;
  struct Expected {
    GaugeMode mode;
    double both;   // of 5 and, later, 3
    double alone;  // when the other one has gone
  };
  constexpr std::array expected{Expected{livesum, 8, 5}, Expected{livemin, 3, 5},
                                Expected{livemax, 5, 5}, Expected{livemostrecent, 3, 5},
                                Expected{sum, 8, 8},     Expected{min, 3, 3},
                                Expected{max, 5, 5},     Expected{mostrecent, 3, 3}};
  const auto name_of = [](GaugeMode mode) { return "g" + std::to_string(static_cast<int>(mode)); };
  for (const auto& [mode, both, alone] : expected) {
    auto& first = one.gauge(name_of(mode), mode).with({});
    auto& second = two->gauge(name_of(mode), mode).with({});
    first.set(5);
    second.set(3);
    if (is_most_recent(mode)) {
      first.set_time(100);
      second.set_time(101);
    }
  }
  for (const auto& [mode, both, alone] : expected) {
    CAPTURE(static_cast<int>(mode));
    CHECK(cells(one.folder, name_of(mode)).front() == both);
  }
  two.reset();
  for (int scrape = 0; scrape < 2; ++scrape) {
    for (const auto& [mode, both, alone] : expected) {
      CAPTURE(static_cast<int>(mode));
      CHECK(cells(one.folder, name_of(mode)).front() == alone);
    }
  }
}

TEST_CASE("a liveall gauge is shown for each process, by pid, as long as it lives") {
  const TemporaryFolder place;
  Process one(place.path());
  one.gauge("temperature", GaugeMode::liveall).with({}).set(20);
  const auto pid = std::to_string(::getpid());
  CHECK(cells(one.folder, "temperature", {pid}) == std::vector{20.0});
  CHECK(find(sums(one.folder), "temperature")->description.labels ==
        std::vector<std::string>{"pid"});
  const pid_t child = ::fork();
  if (child == 0) {
    Process other(place.path());
    other.gauge("temperature", GaugeMode::liveall).with({}).set(30);
    ::_exit(cells(other.folder, "temperature", {std::to_string(::getpid())}) == std::vector{30.0} &&
                    find(sums(other.folder), "temperature")->children.size() == 2
                ? 0
                : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(find(sums(one.folder), "temperature")->children.size() == 1);
}

TEST_CASE("a process killed while it writes spoils nothing") {
  const TemporaryFolder place;
  Process reader(place.path());
  double least = 0;
  for (int round = 0; round < 10; ++round) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Process other(place.path());
      auto& pages = other.counter("pages", {"page"});
      for (std::uint64_t i = 0;; ++i) {
        pages.with({"page " + std::to_string(i % 5000)}).add(0, 1);
        if (i == 100 && ::write(pipe[1], "x", 1) != 1) ::_exit(1);
      }
    }
    char began = 0;
    REQUIRE(::read(pipe[0], &began, 1) == 1);
    while (total_of(reader.folder, "pages") < least + 1000) {
    }
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    ::close(pipe[0]);
    ::close(pipe[1]);
    double total = 0;
    const auto family = find(sums(reader.folder), "pages");
    REQUIRE(family);
    for (const auto& page : family->children) {
      REQUIRE(page.values.at(0).starts_with("page "));
      REQUIRE(page.cells.size() == 1);
      REQUIRE(page.cells[0] == std::floor(page.cells[0]));
      total += page.cells[0];
    }
    CHECK(total >= least + 1000);
    least = total;
  }
  CHECK(files_in(place.path()) == 1);
}

TEST_CASE("who was killed while it archived has counted nothing twice") {
  const TemporaryFolder place;
  Process reader(place.path());
  std::filesystem::path dead;
  {
    Process other(place.path());
    other.counter("orders").with({}).add(0, 7);
    for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
      const auto file = read_metric_file(entry.path());
      if (!file.families.empty()) dead = entry.path();
    }
  }
  REQUIRE_FALSE(dead.empty());
  const auto kept = dead.string() + ".kept";
  std::filesystem::copy_file(dead, kept);
  CHECK(cells(reader.folder, "orders") == std::vector{7.0});
  CHECK_FALSE(std::filesystem::exists(dead));
  // As if the archive had taken its name and the process had ended there.
  std::filesystem::rename(kept, dead);
  CHECK(cells(reader.folder, "orders") == std::vector{7.0});
  CHECK_FALSE(std::filesystem::exists(dead));
  CHECK(cells(reader.folder, "orders") == std::vector{7.0});
}

TEST_CASE("a flood of label sets is bounded over all processes, and loses no count") {
  const TemporaryFolder place;
  Process reader(place.path());
  std::vector<std::unique_ptr<Process>> others;
  for (int number = 0; number < 3; ++number) {
    auto& other = *others.emplace_back(std::make_unique<Process>(place.path()));
    auto& visits = other.counter("visits", {"who"});
    for (int i = 0; i < 6'000; ++i) {
      visits.with({std::to_string(number) + "/" + std::to_string(i)}).add(0, 1);
    }
  }
  double other_before = 0;
  const auto check = [&] {
    const auto family = find(sums(reader.folder), "visits");
    REQUIRE(family);
    CHECK(family->children.size() == metric_children_max + 1);
    double total = 0;
    double others_now = 0;
    for (const auto& child : family->children) {
      total += child.cells[0];
      if (child.values[0] == "_other") others_now = child.cells[0];
    }
    CHECK(total == 18'000);
    CHECK(others_now >= other_before);
    other_before = others_now;
  };
  check();
  CHECK(other_before == 8'000);
  while (!others.empty()) {
    others.pop_back();
    check();
    check();
  }
  CHECK(files_in(place.path()) == 1);
}

TEST_CASE("what another release means differently is not mixed in") {
  const TemporaryFolder place;
  Process reader(place.path());
  auto& times =
      reader.add({.kind = MetricKind::histogram, .name = "times", .buckets = {1, infinity}});
  times.observe(*times.child({}), 1);
  {
    Process other(place.path());
    auto& theirs =
        other.add({.kind = MetricKind::histogram, .name = "times", .buckets = {2, 3, infinity}});
    theirs.observe(*theirs.child({}), 1);
    other.add({.kind = MetricKind::counter, .name = "fresh", .documentation = "New."})
        .with({})
        .add(0, 1);
  }
  MetricMerge merge;
  merge.expect(times.description());
  for (auto& file : reader.folder.read()) merge.add(std::move(file));
  const auto all = merge.take();
  CHECK(find(all, "times")->children.at(0).cells == std::vector<double>{1, 0, 1});
  CHECK(find(all, "fresh")->children.at(0).cells == std::vector<double>{1});
}

TEST_CASE("a file that is none, or damaged, is passed over") {
  const TemporaryFolder place;
  Process reader(place.path());
  reader.counter("orders").with({}).add(0, 1);
  std::ofstream(place.path() + "/process_1_1.db") << "hello";
  std::ofstream(place.path() + "/process_2_2.db") << std::string(4096, '\xff');
  {
    // Its head is whole, its records are not.
    MetricFile file(place.path() + "/process_3_3.db", 3);
    file.append(MetricRecord::child, 64, 100, [](std::byte* to) {
      for (int i = 0; i < 100; ++i) to[i] = std::byte{0xff};
    });
    file.append(MetricRecord::family, 0, 100, [](std::byte* to) {
      for (int i = 0; i < 100; ++i) to[i] = std::byte{0xff};
    });
  }
  CHECK(cells(reader.folder, "orders") == std::vector{1.0});
}

namespace {

// What a child process with a limit of file sizes returns; it stands for a full disk.
int with_file_limit(rlim_t bytes, int (*run)(const std::string&), const std::string& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(run(folder));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

std::string refusal_of(const std::string& path) {
  try {
    const MetricFolder folder(path);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a folder that cannot be used is an error at the start that says so") {
  const TemporaryFolder place;
  std::ofstream(place.path() + "/file") << "x";
  CHECK(refusal_of(place.path() + "/file") ==
        "PROMETHEUS_MULTIPROC_DIR: \"" + place.path() +
            "/file\" cannot be used: Not a directory; give this user the folder, or unset it");
  CHECK(refusal_of(place.path() + "/none/none").ends_with("make the folder above it"));
  CHECK(with_file_limit(
            1024,
            [](const std::string& folder) {
              return refusal_of(folder).find("cannot be used: File too large") == std::string::npos
                         ? 1
                         : 0;
            },
            place.path()) == 0);
  CHECK(files_in(place.path()) == 0);
}

TEST_CASE("a folder that fills up later ends nothing: new label sets share one") {
  const TemporaryFolder place;
  CHECK(with_file_limit(
            300 * 1024,
            [](const std::string& folder) {
              Process process(folder);
              auto& visits = process.counter("visits", {"who"});
              for (int i = 0; i < 9'000; ++i) visits.with({std::to_string(i)}).add(0, 1);
              const auto family = find(sums(process.folder), "visits");
              double total = 0;
              bool shared = false;
              for (const auto& child : family->children) {
                total += child.cells[0];
                shared |= child.values[0] == "_other" && child.cells[0] > 1000;
              }
              return total == 9'000 && shared ? 0 : 1;
            },
            place.path()) == 0);
}

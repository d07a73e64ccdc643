#include "base/metric_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace plinth::base {
namespace {

constexpr std::uint64_t magic_number = 0x31584d'544e494c50;  // "PLINTMX1", this machine's way
constexpr std::size_t line_bytes = 64;                       // of a cache line
constexpr std::size_t mapped_bytes = std::size_t{256} * 1024 * 1024;  // of addresses, not memory
constexpr std::size_t first_bytes = std::size_t{256} * 1024;
constexpr std::size_t growth_max = std::size_t{4} * 1024 * 1024;

static_assert(sizeof(MetricFileHead) == line_bytes);
static_assert(sizeof(MetricRecordHead) == 16);
static_assert(std::atomic<double>::is_always_lock_free && sizeof(std::atomic<double>) == 8);

std::size_t whole_lines(std::size_t bytes) {
  return (bytes + line_bytes - 1) / line_bytes * line_bytes;
}

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

// Of the open file, not of the process as fcntl's older locks are: a reader of this process finds
// it, too.
struct flock whole_file(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

// How a family stands in its record, before its buckets and texts.
struct FamilyPart {
  std::uint8_t kind;
  std::uint8_t mode;
  std::uint16_t reserved;
  std::uint32_t labels;
  std::uint64_t buckets;
};

std::size_t text_bytes(std::string_view text) { return sizeof(std::uint32_t) + text.size(); }

std::byte* put_text(std::byte* to, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::memcpy(to, &size, sizeof size);
  std::memcpy(to + sizeof size, text.data(), text.size());
  return to + text_bytes(text);
}

// What remains of a record. A file may be another program's: nothing is believed.
struct Reader {
  std::span<const std::byte> rest;
  bool good = true;

  std::span<const std::byte> bytes(std::size_t count) {
    if (count > rest.size()) {
      good = false;
      return {};
    }
    const auto taken = rest.first(count);
    rest = rest.subspan(count);
    return taken;
  }
  template <class Number>
  Number number() {
    Number value{};
    if (const auto from = bytes(sizeof value); good) std::memcpy(&value, from.data(), sizeof value);
    return value;
  }
  // Another process writes it meanwhile.
  double cell() {
    const auto from = bytes(sizeof(double));
    if (!good) return 0;
    return reinterpret_cast<const std::atomic<double>*>(from.data())
        ->load(std::memory_order_relaxed);
  }
  std::string text() {
    const auto from = bytes(number<std::uint32_t>());
    return good ? std::string(reinterpret_cast<const char*>(from.data()), from.size()) : "";
  }
};

bool read_family(Reader from, MetricDescription& to) {
  const auto part = from.number<FamilyPart>();
  if (part.kind > static_cast<std::uint8_t>(MetricKind::histogram) ||
      part.mode > static_cast<std::uint8_t>(GaugeMode::mostrecent) ||
      part.buckets > from.rest.size() / sizeof(double) || part.labels > from.rest.size()) {
    return false;
  }
  to.kind = static_cast<MetricKind>(part.kind);
  to.mode = static_cast<GaugeMode>(part.mode);
  for (std::uint64_t i = 0; i < part.buckets; ++i) to.buckets.push_back(from.number<double>());
  to.name = from.text();
  to.documentation = from.text();
  for (std::uint32_t i = 0; i < part.labels; ++i) to.labels.push_back(from.text());
  return from.good;
}

// Reads the records of a file that somebody else may be adding to.
class FileReader {
 public:
  FileReader(std::span<const std::byte> file, FileSnapshot& to) : file_(file), to_(to) {}

  void read() {
    const auto* head = reinterpret_cast<const MetricFileHead*>(file_.data());
    const auto used =
        std::min<std::uint64_t>(head->used.load(std::memory_order_acquire), file_.size());
    to_.pid = head->pid;
    to_.pid_namespace = head->pid_namespace;
    for (std::uint64_t at = sizeof(MetricFileHead); at + sizeof(MetricRecordHead) <= used;) {
      MetricRecordHead record{};
      std::memcpy(&record, file_.data() + at, sizeof record);
      if (record.size < line_bytes || record.size % line_bytes != 0 || record.size > used - at)
        return;
      take(at, record, {file_.subspan(at + sizeof record, record.size - sizeof record)});
      at += record.size;
    }
  }

 private:
  struct ChildPlace {
    std::size_t family;
    std::size_t child;
  };

  void take(std::uint64_t at, const MetricRecordHead& record, Reader from) {
    switch (record.type) {
      case MetricRecord::family: {
        FamilySnapshot family;
        if (!read_family(from, family.description)) return;
        families_.emplace(at, to_.families.size());
        to_.families.push_back(std::move(family));
        return;
      }
      case MetricRecord::child:
        return take_child(at, record, from);
      case MetricRecord::cells: {
        const auto child = children_.find(record.of);
        if (child == children_.end()) return;
        auto& [family, index] = child->second;
        for (auto& cell : to_.families[family].children[index].cells) cell += from.cell();
        return;
      }
      case MetricRecord::merged:
        to_.merged.push_back(from.text());
    }
  }

  void take_child(std::uint64_t at, const MetricRecordHead& record, Reader from) {
    const auto found = families_.find(record.of);
    if (found == families_.end()) return;
    auto& family = to_.families[found->second];
    ChildSnapshot child{.created = from.cell()};
    for (std::size_t i = 0; i < cells_of(family.description); ++i) {
      child.cells.push_back(from.cell());
    }
    for (std::size_t i = 0; i < family.description.labels.size(); ++i) {
      child.values.push_back(from.text());
    }
    if (!from.good || child.created == 0) return;  // a reserve, which nobody has used
    children_.emplace(at, ChildPlace{found->second, family.children.size()});
    family.children.push_back(std::move(child));
  }

  std::span<const std::byte> file_;
  FileSnapshot& to_;
  std::unordered_map<std::uint64_t, std::size_t> families_;
  std::unordered_map<std::uint64_t, ChildPlace> children_;
};

struct Opened {
  explicit Opened(const std::string& path) : descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (descriptor >= 0) ::close(descriptor);
  }
  bool is_locked() const {
    auto lock = whole_file(F_WRLCK);
    return ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  }
  int descriptor;
};

}  // namespace

MetricFile::MetricFile(const std::string& path, std::int64_t pid, bool replaces)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (replaces ? O_TRUNC : O_EXCL),
                         0600)) {
  if (descriptor_ < 0) fail(path);
  auto lock = whole_file(F_WRLCK);
  auto* mapped = MAP_FAILED;
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0 && grow(first_bytes)) {
    mapped = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                    descriptor_, 0);
  }
  if (mapped == MAP_FAILED) {
    const int error = errno;
    ::unlink(path.c_str());
    ::close(descriptor_);
    errno = error;
    fail(path);
  }
  base_ = static_cast<std::byte*>(mapped);
  auto* head = new (base_) MetricFileHead{.magic = 0,
                                          .used = line_bytes,
                                          .pid = pid,
                                          .pid_namespace = this_pid_namespace(),
                                          .reserved = {}};
  head->magic = magic_number;
}

MetricFile::~MetricFile() {
  ::munmap(base_, mapped_bytes);
  ::close(descriptor_);
}

// Source of the errors: posix_fallocate(3), which returns them.
bool MetricFile::grow(std::size_t size) {
  if (size > mapped_bytes) return false;
  errno = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size));
  if (errno != 0) return false;
  allocated_ = size;
  return true;
}

std::uint64_t MetricFile::append(MetricRecord type, std::uint64_t of, std::size_t bytes,
                                 const std::function<void(std::byte*)>& fill) {
  const auto size = whole_lines(sizeof(MetricRecordHead) + bytes);
  const std::lock_guard lock(mutex_);
  auto& used = reinterpret_cast<MetricFileHead*>(base_)->used;
  const auto offset = used.load(std::memory_order_relaxed);
  if (offset + size > allocated_) {
    const auto step = std::min(allocated_, growth_max);
    if (!grow(std::max(allocated_ + step, offset + size)) && !grow(offset + size)) return 0;
  }
  const MetricRecordHead head{.size = static_cast<std::uint32_t>(size), .type = type, .of = of};
  std::memcpy(base_ + offset, &head, sizeof head);
  if (fill) fill(at(offset));
  used.store(offset + size, std::memory_order_release);
  return offset;
}

std::uint64_t MetricFile::append_family(const MetricDescription& description) {
  std::size_t bytes = sizeof(FamilyPart) + description.buckets.size() * sizeof(double) +
                      text_bytes(description.name) + text_bytes(description.documentation);
  for (const auto& label : description.labels) bytes += text_bytes(label);
  return append(MetricRecord::family, 0, bytes, [&](std::byte* to) {
    const FamilyPart part{.kind = static_cast<std::uint8_t>(description.kind),
                          .mode = static_cast<std::uint8_t>(description.mode),
                          .reserved = 0,
                          .labels = static_cast<std::uint32_t>(description.labels.size()),
                          .buckets = description.buckets.size()};
    std::memcpy(to, &part, sizeof part);
    to += sizeof part;
    const auto buckets = description.buckets.size() * sizeof(double);
    if (buckets > 0) std::memcpy(to, description.buckets.data(), buckets);
    to = put_text(put_text(to + buckets, description.name), description.documentation);
    for (const auto& label : description.labels) to = put_text(to, label);
  });
}

std::uint64_t MetricFile::append_child(std::uint64_t family, std::size_t cells,
                                       const std::vector<std::string>& values, double created) {
  const std::size_t numbers = (cells + 1) * sizeof(double);
  std::size_t bytes = numbers;
  for (const auto& value : values) bytes += text_bytes(value);
  return append(MetricRecord::child, family, bytes, [&](std::byte* to) {
    for (std::size_t i = 0; i <= cells; ++i) {
      new (to + i * sizeof(double)) std::atomic<double>(i == 0 ? created : 0);
    }
    to += numbers;
    for (const auto& value : values) to = put_text(to, value);
  });
}

bool MetricFile::append_merged(std::string_view name) {
  return append(MetricRecord::merged, 0, text_bytes(name),
                [&](std::byte* to) { put_text(to, name); }) != 0;
}

void MetricFile::sync() const { ::fdatasync(descriptor_); }

FileSnapshot read_metric_file(const std::string& path) {
  FileSnapshot snapshot;
  const Opened file(path);
  struct stat facts{};
  if (file.descriptor < 0 || ::fstat(file.descriptor, &facts) != 0) return snapshot;
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size < sizeof(MetricFileHead)) return snapshot;
  snapshot.is_alive = file.is_locked();
  auto* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor, 0);
  if (mapped == MAP_FAILED) return snapshot;
  const std::span bytes(static_cast<const std::byte*>(mapped), size);
  if (reinterpret_cast<const MetricFileHead*>(mapped)->magic == magic_number) {
    FileReader(bytes, snapshot).read();
  }
  ::munmap(mapped, size);
  return snapshot;
}

bool is_metric_file_alive(const std::string& path) {
  const Opened file(path);
  return file.descriptor >= 0 && file.is_locked();
}

std::uint64_t this_pid_namespace() {
  struct stat facts{};
  return ::stat("/proc/self/ns/pid", &facts) == 0 ? facts.st_ino : 0;
}

FamilySnapshot snapshot_of(const MetricFamily& family) {
  FamilySnapshot snapshot{.description = family.description()};
  const auto cells = cells_of(snapshot.description);
  for (const auto* child : family.children()) {
    ChildSnapshot one{.values = child->values(), .created = child->created()};
    for (std::size_t i = 0; i < cells; ++i) one.cells.push_back(child->sum(i));
    snapshot.children.push_back(std::move(one));
  }
  return snapshot;
}

}  // namespace plinth::base

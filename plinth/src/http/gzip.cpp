#include "http/gzip.hpp"

#include <zlib.h>

#include <limits>
#include <new>
#include <stdexcept>

namespace plinth::http {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window, with gzip's header and trailer

// deflateInit clears 270 KiB; deflateReset does not.
class Deflater {
 public:
  explicit Deflater(int level) : level_(level) {
    if (::deflateInit2(&stream_, level, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { ::deflateEnd(&stream_); }

  int level() const { return level_; }

  std::string run(std::string_view bytes) {
    ::deflateReset(&stream_);
    std::string out(::deflateBound(&stream_, bytes.size()), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (::deflate(&stream_, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("gzip failed");
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  ::z_stream stream_{};
  int level_;
};

std::optional<std::string> inflate(std::string_view bytes, std::size_t limit, int window_bits) {
  ::z_stream stream{};
  if (bytes.size() > std::numeric_limits<uInt>::max() ||
      ::inflateInit2(&stream, window_bits) != Z_OK) {
    return std::nullopt;
  }
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int result = Z_OK;
  while (result == Z_OK && out.size() <= limit) {
    char part[16384];
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    result = ::inflate(&stream, Z_NO_FLUSH);
    out.append(part, sizeof part - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (result != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace

std::string gzip(std::string_view bytes, int level) {
  if (bytes.size() > std::numeric_limits<uInt>::max() / 2) {
    throw std::length_error("gzip: a body of more than 2 GiB");
  }
  thread_local std::optional<Deflater> kept;
  if (!kept || kept->level() != level) kept.emplace(level);
  return kept->run(bytes);
}

std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  return inflate(bytes, limit, gzip_window_bits);
}

std::optional<std::string> unzlib(std::string_view bytes, std::size_t limit) {
  return inflate(bytes, limit, MAX_WBITS);
}

}  // namespace plinth::http

#include "plinth/password_list.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "http/characters.hpp"

namespace plinth {

namespace {

std::uint64_t hash_of(std::string_view password) {
  std::string text(password);
  std::ranges::transform(text, text.begin(), http::lower);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

}  // namespace

struct PasswordList::Hashes {
  std::vector<std::uint64_t> sorted;
};

PasswordList::PasswordList(const std::string& path) {
  std::ifstream file(path);
  auto hashes = std::make_shared<Hashes>();
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty() && !line.starts_with("#!")) hashes->sorted.push_back(hash_of(line));
  }
  if (hashes->sorted.empty()) {
    throw std::runtime_error(path + ": no list of passwords can be read there, one a line");
  }
  std::ranges::sort(hashes->sorted);
  const auto repeated = std::ranges::unique(hashes->sorted);
  hashes->sorted.erase(repeated.begin(), repeated.end());
  hashes_ = std::move(hashes);
}

bool PasswordList::contains(std::string_view password) const {
  return std::ranges::binary_search(hashes_->sorted, hash_of(password));
}

std::size_t PasswordList::size() const { return hashes_->sorted.size(); }

}  // namespace plinth

#include "http/multipart.hpp"

#include <algorithm>

#include "http/characters.hpp"
#include "json/utf8.hpp"
#include "plinth/error.hpp"

namespace plinth::http {
namespace {

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

// email.utils.unquote
std::string unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (escaped && (text[i + 1] == '\\' || text[i + 1] == '"')) ++i;
    out += text[i];
  }
  return out;
}

// The end of a parameter: the next ';' outside quotes.
std::size_t parameter_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted) {
      return i;
    }
  }
  return text.size();
}

// Old browsers sent whole Windows paths.
std::string base_name(std::string filename) {
  if (filename.substr(std::min<std::size_t>(1, filename.size()), 2) == ":\\" ||
      filename.starts_with("\\\\")) {
    filename.erase(0, filename.rfind('\\') + 1);
  }
  return filename;
}

std::string decode(std::string_view bytes) {
  return json::is_utf8(bytes) ? std::string(bytes) : latin1_to_utf8(bytes);
}

[[noreturn]] void refuse(std::string_view detail) { throw HttpError(400, detail); }
[[noreturn]] void refuse_malformed() { refuse("There was an error parsing the body"); }

class MultipartReader {
 public:
  MultipartReader(std::string_view body, std::string_view boundary, const MultipartLimits& limits)
      : rest_(body), delimiter_("\r\n--"), limits_(limits) {
    delimiter_ += boundary;
  }

  std::vector<Part> read() {
    if (!read_first_boundary()) return {};
    while (auto part = read_part()) {
      parts_.push_back(std::move(*part));
      if (last_) break;
    }
    return std::move(parts_);
  }

 private:
  // False when the body ends before it, or there are no parts.
  bool read_first_boundary() {
    const auto start = rest_.find_first_not_of("\r\n");
    if (start == rest_.npos) return false;
    rest_.remove_prefix(start);
    const auto boundary = std::string_view(delimiter_).substr(2);
    if (boundary.starts_with(rest_)) return false;  // cut off
    if (!rest_.starts_with(boundary)) refuse_malformed();
    rest_.remove_prefix(boundary.size());
    if (rest_.starts_with("--")) return false;
    if (std::string_view("\r\n").starts_with(rest_)) return false;
    if (!rest_.starts_with("\r\n")) refuse_malformed();
    rest_.remove_prefix(2);
    return true;
  }

  std::optional<Part> read_part() {
    Part part;
    for (;;) {
      const auto end = rest_.find('\n');
      if (end == rest_.npos) return std::nullopt;
      if (end == 0 || rest_[end - 1] != '\r') refuse_malformed();
      const auto line = rest_.substr(0, end - 1);
      rest_.remove_prefix(end + 1);
      if (line.empty()) break;
      if (part.headers.size() == limits_.header_fields_max) refuse_malformed();
      part.headers.push_back(read_header(line));
    }
    name(part);
    if (!read_content(part)) return std::nullopt;
    return part;
  }

  static Pairs::value_type read_header(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == line.npos || colon == 0) refuse_malformed();
    if (!std::ranges::all_of(line.substr(0, colon), is_token)) refuse_malformed();
    const auto value = line.substr(colon + 1);
    if (value.find('\r') != value.npos) refuse_malformed();
    return {to_lower(line.substr(0, colon)), std::string(strip_blanks(value))};
  }

  void name(Part& part) {
    const auto disposition =
        std::ranges::find(part.headers, "content-disposition", &Pairs::value_type::first);
    const auto options = parse_options_header(
        disposition == part.headers.end() ? std::string_view() : disposition->second);
    const auto given = options.option("name");
    if (!given) refuse("The Content-Disposition header field \"name\" must be provided.");
    part.name = decode(*given);
    if (const auto filename = options.option("filename")) {
      part.filename = decode(base_name(std::string(*filename)));
      count(files_, limits_.files_max, "files");
    } else {
      count(fields_, limits_.fields_max, "fields");
    }
  }

  static void count(std::size_t& counted, std::size_t most, std::string_view what) {
    if (++counted <= most) return;
    refuse("Too many " + std::string(what) + ". Maximum number of " + std::string(what) + " is " +
           std::to_string(most) + ".");
  }

  // To the next boundary that is followed by a line end or, after the last part, by "--".
  bool read_content(Part& part) {
    for (std::size_t from = 0;;) {
      const auto end = rest_.find(delimiter_, from);
      if (end == rest_.npos) return false;
      const auto after = rest_.substr(end + delimiter_.size(), 2);
      if (after == "\r\n" || after == "--") {
        part.content = rest_.substr(0, end);
        last_ = after == "--";
        rest_.remove_prefix(end + delimiter_.size() + 2);
        return true;
      }
      from = end + 2;
    }
  }

  std::string_view rest_;
  std::string delimiter_;
  const MultipartLimits& limits_;
  std::vector<Part> parts_;
  std::size_t fields_ = 0;
  std::size_t files_ = 0;
  bool last_ = false;
};

}  // namespace

std::optional<std::string_view> OptionsHeader::option(std::string_view name) const {
  // A repeated option: the last one, as in a Python dict.
  for (auto it = options.rbegin(); it != options.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return std::nullopt;
}

OptionsHeader parse_options_header(std::string_view text) {
  OptionsHeader header;
  auto end = parameter_end(text);
  header.value = to_lower(strip_blanks(text.substr(0, end)));
  while (end < text.size()) {
    text.remove_prefix(end + 1);
    end = parameter_end(text);
    const auto parameter = text.substr(0, end);
    const auto equals = parameter.find('=');
    if (equals == parameter.npos) continue;
    header.options.emplace_back(to_lower(strip_blanks(parameter.substr(0, equals))),
                                unquote(strip_blanks(parameter.substr(equals + 1))));
  }
  return header;
}

std::string Part::text() const { return decode(content); }

std::vector<Part> parse_multipart(std::string_view content_type, std::string_view body,
                                  const MultipartLimits& limits) {
  const auto header = parse_options_header(content_type);
  const auto boundary = header.option("boundary");
  if (!boundary || boundary->empty()) refuse("Missing boundary in multipart.");
  return MultipartReader(body, *boundary, limits).read();
}

}  // namespace plinth::http

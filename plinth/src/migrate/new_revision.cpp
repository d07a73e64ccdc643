#include "migrate/new_revision.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "db/civil_text.hpp"
#include "plinth/datetime.hpp"

namespace plinth::migrate {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t slug_limit = 40;
constexpr std::string_view declared = "// (declared)";
constexpr std::string_view listing = "// (listed)";

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 12; ++i) id += "0123456789abcdef"[random() % 16];
  return id;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// A C++ name: the ASCII of the slug and the id.
std::string variable_of(const std::string& slug, const std::string& id) {
  std::string name;
  for (char c : slug) {
    if (static_cast<unsigned char>(c) < 0x80) name += c;
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '_') name = "revision";
  return name + "_" + id;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Whole or not at all.
void write_file(const fs::path& path, const std::string& text) {
  const auto partial = fs::path(path).concat(".new");
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) fs::rename(partial, path, error);
  if (!file || error) {
    fs::remove(partial, error);
    throw CommandError("Cannot write " + path.string());
  }
}

std::string namespace_of(const std::string& source, const fs::path& path) {
  const auto begin = source.find("namespace ");
  const auto end = source.find(" {", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw CommandError(path.string() + " has no namespace");
  }
  return source.substr(begin + 10, end - begin - 10);
}

// `line` before the line of the marker, indented as it is.
void insert_line(std::string& source, std::string_view marker, const std::string& line,
                 const fs::path& path) {
  const auto at = source.find(marker);
  if (at == std::string::npos) {
    throw CommandError(path.string() + " has no line \"" + std::string(marker) +
                       "\", where the new revision is to be added");
  }
  const auto begin = source.rfind('\n', at) + 1;
  source.insert(begin, source.substr(begin, at - begin) + line + "\n");
}

// The message stands in a comment and in a literal, on one line each.
std::string one_line(const std::string& message) {
  std::string line;
  for (char c : message) line += static_cast<unsigned char>(c) < 0x20 || c == '\\' ? ' ' : c;
  return line;
}

std::string escaped(const std::string& line) {
  std::string literal;
  for (char c : line) {
    if (c == '"') literal += '\\';
    literal += c;
  }
  return literal;
}

std::string quoted_id(std::string_view id) { return "\"" + std::string(id) + "\""; }

// "x", or {"x", "y"}.
template <class Names>
std::string ids_literal(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + quoted_id(name);
  if (names.size() == 1) return text;
  return names.empty() ? quoted_id("") : "{" + text + "}";
}

std::string function_of(const char* name, const std::string& body) {
  const auto head = "static void " + std::string(name) + "(Operations& op) {";
  return body.empty() ? head + " static_cast<void>(op); }\n\n" : head + "\n" + body + "}\n\n";
}

std::string source_of(const History& history, const NewRevision& revision,
                      const std::string& variable, const std::string& space) {
  const auto message = one_line(revision.message);
  std::vector<std::string_view> down;
  for (Place place : revision.down_revision) down.push_back(history.id(place));
  const auto revises = down.empty() ? std::string() : " " + listed(history, revision.down_revision);
  std::string more;
  if (!revision.branch_labels.empty()) {
    more += "    .branch_labels = " + ids_literal(revision.branch_labels) + ",\n";
  }
  if (!revision.depends_on.empty()) {
    more += "    .depends_on = " + ids_literal(revision.depends_on) + ",\n";
  }
  return "// " + message + "\n//\n// Revision ID: " + revision.id + "\n// Revises:" + revises +
         "\n// Create Date: " + revision.create_date + "\n#include \"" + revision.folder +
         "/env.hpp\"\n\nnamespace " + space + " {\n\n" + function_of("upgrade", revision.upgrade) +
         function_of("downgrade", revision.downgrade) + "extern const Revision " + variable +
         "{\n    .revision = \"" + revision.id + "\",\n    .down_revision = " + ids_literal(down) +
         ",\n" + more + "    .message = \"" + escaped(message) + "\",\n    .create_date = \"" +
         revision.create_date +
         "\",\n    .upgrade = &upgrade,\n    .downgrade = &downgrade,\n};\n\n}  // namespace " +
         space + "\n";
}

}  // namespace

std::string slug_of(std::string_view message) {
  std::string slug;
  for (char c : message) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_word(low)) {
      slug += low;
    } else if (!slug.empty() && slug.back() != '_') {
      slug += '_';
    }
  }
  while (slug.ends_with('_')) slug.pop_back();
  if (slug.size() > slug_limit) {
    // Alembic cuts at a '_'. UTF-8 stays whole by it.
    const auto cut = slug.rfind('_', slug_limit);
    slug.resize(cut == std::string::npos ? 0 : cut);
  }
  return slug;
}

std::string revision_path(std::string_view folder, std::string_view id, std::string_view message) {
  const auto slug = slug_of(message);
  return std::string(folder) + "/versions/" + std::string(id) + (slug.empty() ? "" : "_") + slug +
         ".cpp";
}

std::string write_revision(const History& history, NewRevision wanted) {
  if (wanted.id.empty()) wanted.id = random_id();
  check_id(wanted.id);
  const fs::path folder(wanted.folder);
  const auto env = folder / "env.cpp";
  if (!fs::is_directory(folder / "versions") || !fs::exists(env)) {
    throw CommandError("Path doesn't exist: '" + (folder / "versions").string() +
                       "'; call this in the root of the source tree");
  }
  if (wanted.create_date.empty()) {
    wanted.create_date = db::civil_text(DateTime::now().microseconds);
  }
  if (wanted.down_revision.size() > RevisionIds::limit) {
    throw CommandError("A revision merges at most " + std::to_string(RevisionIds::limit) +
                       " others; merge twice");
  }
  if (history.find(wanted.id)) throw CommandError("Revision " + wanted.id + " exists already");
  const auto slug = slug_of(wanted.message);
  const auto variable = variable_of(slug, wanted.id);
  auto list = read_file(env);
  const auto space = namespace_of(list, env);
  insert_line(list, declared, "extern const Revision " + variable + ";", env);
  insert_line(list, listing, variable + ",", env);
  const auto path = fs::path(revision_path(wanted.folder, wanted.id, wanted.message));
  write_file(path, source_of(history, wanted, variable, space));
  write_file(env, list);
  return fs::absolute(path).string();
}

}  // namespace plinth::migrate

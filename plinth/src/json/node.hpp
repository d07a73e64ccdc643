// A JSON document as small nodes in an arena: what the validator walks.
//
// Invariants
// - A Node is a value of 16 bytes that borrows: text lies in the parsed input or in the Document,
// children in the Document.
//   Both must outlive it.
// - Text is UTF-8; only where has_surrogate() may it hold lone surrogates, in three bytes each
// (WTF-8).
// - An object has each key once: a repeated key keeps its first place and its last value, as in a
// Python dict. Thread safety: const methods from any thread.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "json/arena.hpp"
#include "plinth/json.hpp"

namespace plinth::json {

using Kind = Json::Kind;

struct Member;

class Node {
 public:
  Node() = default;  // null

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_boolean() const { return kind_ == Kind::boolean; }
  bool is_integer() const { return kind_ == Kind::integer; }
  bool is_big_integer() const { return kind_ == Kind::big_integer; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_string() const { return kind_ == Kind::string; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }

  bool boolean() const {
    assert(is_boolean());
    return integer_ != 0;
  }
  std::int64_t integer() const {
    assert(is_integer());
    return integer_;
  }
  /// Of a number, integer or big integer; infinite beyond the range of double. Parses on each call
  /// (about 20 ns).
  double number() const;
  /// What stands in the input: of a big integer its digits, of a number also "NaN", "Infinity",
  /// "-Infinity".
  std::string_view literal() const {
    assert(is_big_integer() || is_number());
    return {text_, size_};
  }
  std::string_view string() const {
    assert(is_string());
    return {text_, size_};
  }
  /// The string holds a lone surrogate (\ud800): no UTF-8 text, not to be passed on.
  bool has_surrogate() const { return (flags_ & surrogate_flag) != 0; }

  std::span<const Node> items() const {
    assert(is_array());
    return {items_, size_};
  }
  std::span<const Member> members() const;
  /// The value of that key; null when it is absent. O(n) up to 16 members, else O(log n).
  const Node* find(std::string_view key) const;
  /// Items or members.
  std::size_t size() const {
    assert(is_array() || is_object());
    return size_;
  }

  static Node make_boolean(bool value) {
    Node node(Kind::boolean);
    node.integer_ = value ? 1 : 0;
    return node;
  }
  static Node make_integer(std::int64_t value) {
    Node node(Kind::integer);
    node.integer_ = value;
    return node;
  }
  /// Borrows `text`, valid UTF-8.
  static Node borrow_string(std::string_view text) { return Node(Kind::string, text); }
  /// Borrows `digits`: an optional '-' and decimal digits, beyond 64 bits.
  static Node borrow_big_integer(std::string_view digits) {
    return Node(Kind::big_integer, digits);
  }
  /// Borrows `literal`, a JSON number with a fraction or an exponent, or one of NaN, Infinity,
  /// -Infinity.
  static Node borrow_number(std::string_view literal) { return Node(Kind::number, literal); }

 private:
  friend class Document;
  friend class Reader;

  static constexpr std::uint8_t surrogate_flag = 1;
  static constexpr std::uint8_t indexed_flag =
      2;  // members are followed by their numbers in order of key

  explicit Node(Kind kind) : kind_(kind) {}
  Node(Kind kind, std::string_view text)
      : kind_(kind), size_(static_cast<std::uint32_t>(text.size())), text_(text.data()) {}
  const Node* find_indexed(std::string_view key) const;

  Kind kind_ = Kind::null;
  std::uint8_t flags_ = 0;
  std::uint32_t size_ = 0;
  union {
    std::int64_t integer_ = 0;
    const char* text_;
    const Node* items_;
    const Member* members_;
  };
};

struct Member {
  Node key;  // a string
  Node value;
};

static_assert(sizeof(Node) == 16 && sizeof(Member) == 32 && std::is_trivially_copyable_v<Node>);

inline std::span<const Member> Node::members() const {
  assert(is_object());
  return {members_, size_};
}

/// Why a text is no JSON.
struct Error {
  enum class Kind : std::uint8_t {
    syntax,  // `message` and `position` are those of CPython 3.13's json module; FastAPI answers
             // 422 json_invalid
    depth,   // nested deeper than Document::depth_max; to be answered as syntax
    unreadable,  // no Unicode text, or an integer of more than 4300 digits; FastAPI answers 400
  };
  Kind kind = Kind::syntax;
  std::string_view message;  // static text
  std::size_t position = 0;  // code points from the start, not counting a byte order mark
};

/// Owns the nodes and those texts that do not stand in the input as they are.
class Document {
 public:
  /// CPython's json gives up at about 1000; half of that keeps every recursive walk over the nodes
  /// on a small stack.
  static constexpr int depth_max = 500;

  Document() = default;
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;

  /// Reads one JSON value as json.loads(bytes) does, so also with a byte order mark, in UTF-16 or
  /// UTF-32, with NaN.
  ///
  /// text     is borrowed by the nodes
  /// returns  false with `error` filled; the root is null then. Earlier nodes are gone in either
  /// case.
  bool parse(std::string_view text, Error& error);

  const Node& root() const { return root_; }
  void set_root(Node root) { root_ = root; }

  // Nodes made by hand. They copy what they are given.
  Node make_string(std::string_view text) { return Node::borrow_string(arena_.copy(text)); }
  Node make_number(double value);
  Node make_array(std::span<const Node> items);
  Node make_object(std::span<const Member> members);
  Node make(const Json& value);

  /// Forgets all nodes, keeps memory for the next ones.
  void clear() {
    root_ = Node();
    arena_.clear();
    open_items_.clear();
    open_members_.clear();
  }

 private:
  friend class Reader;

  Node make_indexed_object(std::span<const Member> members);

  Node root_;
  Arena arena_;
  std::vector<Node> open_items_;  // children of the arrays and objects that are not closed yet
  std::vector<Member> open_members_;
};

/// A copy that owns all; lone surrogates become U+FFFD.
Json to_json(const Node& node);

}  // namespace plinth::json

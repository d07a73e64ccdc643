// What was said between us and the server: the last command and the server's reply to it.
#pragma once

#include <string>
#include <string_view>

namespace plinth::mail {

class Dialogue {
 public:
  explicit Dialogue(bool needs_smtputf8) : needs_smtputf8_(needs_smtputf8) {}

  /// A line of ours. Of a login nothing but its first word is kept.
  void send(std::string_view line);
  /// A line of the server's. False: nothing more may be said, for the message needs SMTPUTF8 and
  /// the server does not have it.
  bool receive(std::string_view line);

  const std::string& command() const { return command_; }  // "RCPT TO:<ada@example.com>"
  const std::string& words() const { return words_; }      // "550 5.1.1 no such user"
  int code() const { return code_; }                       // of the last whole reply; 0 at first
  bool lacks_smtputf8() const { return lacks_smtputf8_; }

 private:
  bool needs_smtputf8_;
  bool has_smtputf8_ = false;
  bool lacks_smtputf8_ = false;
  bool ended_ = false;  // QUIT was said
  bool whole_ = true;   // the reply
  std::string command_ = "greeting";
  std::string words_;
  int code_ = 0;
};

}  // namespace plinth::mail

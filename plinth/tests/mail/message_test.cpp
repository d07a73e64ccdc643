#include "mail/message.hpp"

#include <doctest/doctest.h>

#include "mail/encoding.hpp"
#include "plinth/testing.hpp"

using namespace plinth;
using mail::compose;

namespace {

EmailMessage welcome() {
  return {.from = "Shop <shop@example.com>",
          .to = {"ada@example.com"},
          .subject = "Welcome",
          .text = "Welcome, Ada!\n",
          .message_id = "1@example.com"};
}

std::string refusal(const EmailMessage& message) {
  try {
    compose(message);
    return "taken";
  } catch (const MailError& error) {
    CHECK(error.permanent);
    return error.what();
  }
}

std::string unstructured(std::string_view text) {
  std::string out = "Subject: ";
  mail::append_unstructured(out, out.size(), text);
  return out;
}

std::string phrase(std::string_view text) {
  std::string out;
  mail::append_phrase(out, 0, text);
  return out;
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    longest = std::max(longest, std::min(end, text.size()));
    if (end == text.npos) break;
    text.remove_prefix(end + 2);
  }
  return longest;
}

}  // namespace

TEST_CASE("a plain message is what RFC 5322 says, line by line") {
  const auto clock = freeze_time("2026-01-02T03:04:05Z");
  const auto envelope = compose(welcome());
  CHECK(envelope.from == "shop@example.com");
  CHECK(envelope.to == std::vector<std::string>{"ada@example.com"});
  CHECK_FALSE(envelope.international);
  CHECK(envelope.data ==
        "From: Shop <shop@example.com>\r\n"
        "To: ada@example.com\r\n"
        "Subject: Welcome\r\n"
        "Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
        "Message-ID: <1@example.com>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=\"utf-8\"\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Welcome, Ada!\r\n");
}

TEST_CASE("every recipient is in the envelope once; those of bcc are not in the message") {
  auto message = welcome();
  message.to = {"ada@example.com", "\"Lovelace, Ada\" <ada@example.com>", "b@Example.com"};
  message.cc = {"c@example.com"};
  message.bcc = {"secret@example.com", "c@example.com"};
  const auto envelope = compose(message);
  CHECK(envelope.to == std::vector<std::string>{"ada@example.com", "b@Example.com", "c@example.com",
                                                "secret@example.com"});
  CHECK(envelope.data.find("secret@") == std::string::npos);
  CHECK(envelope.data.find("To: ada@example.com,\r\n \"Lovelace, Ada\" <ada@example.com>,\r\n "
                           "b@Example.com\r\nCc: c@example.com\r\n") != std::string::npos);
}

TEST_CASE("a message without an id gets one of the sender's domain, another each time") {
  auto message = welcome();
  message.message_id.clear();
  const auto id_of = [](const std::string& data) {
    const auto begin = data.find("Message-ID: ");
    return data.substr(begin, data.find('\r', begin) - begin);
  };
  const auto first = id_of(compose(message).data);
  CHECK(first.ends_with("@example.com>"));
  CHECK(first.size() == std::string("Message-ID: <@example.com>").size() + 36);
  CHECK(id_of(compose(message).data) != first);

  message.message_id = "3c9d526c-7887-4b77-9a9d-c2999aa2ec95";
  CHECK(id_of(compose(message).data) ==
        "Message-ID: <3c9d526c-7887-4b77-9a9d-c2999aa2ec95@example.com>");
}

TEST_CASE("nothing can begin another header: line breaks and NUL are refused by name") {
  auto message = welcome();
  SUBCASE("subject") {
    message.subject = "Hi\r\nBcc: eve@example.com";
    CHECK(refusal(message) ==
          "subject: \"Hi??Bcc: eve@example.com\" has a line break or a NUL, which may not stand in "
          "a header; remove it");
  }
  SUBCASE("a bare line feed") {
    message.subject = "Hi\nBcc: eve@example.com";
    CHECK(refusal(message).starts_with("subject: "));
  }
  SUBCASE("NUL") {
    message.subject = std::string("Hi\0there", 8);
    CHECK(refusal(message).starts_with("subject: \"Hi?there\" has a line break or a NUL"));
  }
  SUBCASE("an address") {
    message.to = {"ada@example.com>\r\nRCPT TO:<eve@example.com"};
    CHECK(refusal(message).starts_with("to: \"ada@example.com>??RCPT"));
  }
  SUBCASE("a name") {
    message.from = "Shop\r\nX: y <shop@example.com>";
    CHECK(refusal(message).starts_with("from: "));
  }
  SUBCASE("reply_to") {
    message.reply_to = "a@example.com\n";
    CHECK(refusal(message).starts_with("reply_to: "));
  }
  SUBCASE("another header") {
    message.headers = {{"X-Tag", "a\r\nBcc: eve@example.com"}};
    CHECK(refusal(message).starts_with("X-Tag: "));
  }
  SUBCASE("its name") {
    message.headers = {{"X: y\r\nBcc", "eve@example.com"}};
    CHECK(refusal(message) == "headers: \"X: y??Bcc\" is no name of a header");
  }
  SUBCASE("the id") {
    message.message_id = "1@example.com>\r\nX: y";
    CHECK(refusal(message).starts_with("message_id: "));
  }
  SUBCASE("another control character") {
    message.subject = "bell\x07";
    CHECK(refusal(message) == "subject: \"bell?\" has a control character; remove it");
  }
}

TEST_CASE("what is no address, or no message, is refused with what is wrong") {
  auto message = welcome();
  for (const std::string bad :
       {"", "ada", "@example.com", "ada@", "a b@example.com", "ada@ex ample.com",
        "ada@.example.com", "ada@example..com", "<ada@example.com", "Ada <", "ada@example.com>",
        "a@b@c", "ada@[127.0.0.1]", "Ada <b@c> <d@e>"}) {
    CAPTURE(bad);
    message.to = {bad};
    CHECK(refusal(message).starts_with("to: \"" + bad + "\" is no address: "));
  }
  message.to = {std::string(65, 'a') + "@example.com"};
  CHECK(refusal(message).ends_with("64 bytes before the @ and 254 in all"));
  message.to = {};
  CHECK(refusal(message) == "to: the message has no recipient; name one in to, cc or bcc");
  message = welcome();
  message.text = "\xff";
  CHECK(refusal(message) == "text is not UTF-8");
  message = welcome();
  message.subject = "\xff";
  CHECK(refusal(message) == "subject is not UTF-8");
  message = welcome();
  message.headers = {{"content-TYPE", "text/html"}};
  CHECK(refusal(message) ==
        "headers: content-TYPE is made from the message's own members; leave it out");
}

TEST_CASE("addresses are read as people write them") {
  auto message = welcome();
  for (const std::string good :
       {"ada@localhost", "a.b+c@sub.example.co.uk", "\"a b\"@example.com",
        "Ada Lovelace <ada@example.com>", "Ünal <u@example.com>", "<ada@example.com>",
        " ada@example.com ", "ada@xn--bcher-kva.example"}) {
    CAPTURE(good);
    message.to = {good};
    CHECK(refusal(message) == "taken");
  }
  message.to = {"ada@bücher.example"};
  const auto ascii = compose(message);
  CHECK(ascii.to.front() == "ada@xn--bcher-kva.example");
  CHECK_FALSE(ascii.international);

  message.to = {"zoë@example.com"};
  CHECK(compose(message).international);
  message = welcome();
  message.reply_to = "zoë@example.com";
  CHECK(refusal(message).starts_with("reply_to: \"zoë@example.com\" is not ASCII"));
}

TEST_CASE("header text is folded, or encoded where it is not plain ASCII") {
  CHECK(unstructured("Hello") == "Subject: Hello");
  CHECK(unstructured("Grüße") == "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=");
  CHECK(unstructured("日本語") == "Subject: =?utf-8?b?5pel5pys6Kqe?=");
  CHECK(unstructured("=?utf-8?q?x?=") == "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=");
  CHECK(unstructured(" padded ") == "Subject: =?utf-8?q?_padded_?=");
  CHECK(unstructured("") == "Subject: ");
  const std::string words =
      "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
  CHECK(unstructured(words) ==
        "Subject: one two three four five six seven eight nine ten eleven twelve\r\n thirteen "
        "fourteen fifteen");
  const auto url = "<https://example.com/" + std::string(300, 'x') + ">";
  CHECK(unstructured(url) == "Subject: " + url);
  CHECK(unstructured("see " + url) == "Subject: see\r\n " + url);
  CHECK(longest_line(unstructured(std::string(2000, 'x'))) <= 76);
  std::string long_text;
  for (int i = 0; i < 50; ++i) long_text += "Größe 日本語 ";
  CHECK(longest_line(unstructured(long_text)) <= 76);
}

TEST_CASE("names are written as atoms, in quotes, or encoded") {
  CHECK(phrase("Ada Lovelace") == "Ada Lovelace");
  CHECK(phrase("Lovelace, Ada") == "\"Lovelace, Ada\"");
  CHECK(phrase("Ada \"the\" \\ L.") == "\"Ada \\\"the\\\" \\\\ L.\"");
  CHECK(phrase("Zoë Müller") == "=?utf-8?q?Zo=C3=AB_M=C3=BCller?=");
  CHECK(phrase("日本, \"Z\"") == "=?utf-8?b?5pel5pysLCAiWiI=?=");
}

TEST_CASE("bodies have short lines of ASCII, whatever the text") {
  CHECK(mail::encode_body("a\nb\r\nc\rd").text == "a\r\nb\r\nc\r\nd\r\n");
  CHECK(mail::encode_body("").text == "\r\n");
  CHECK(mail::encode_body("\n.\n..x\n").text == "\r\n.\r\n..x\r\n");

  const auto german = mail::encode_body("Viele schöne Grüße = gut \nund bis bald, zum Ende\t");
  CHECK(german.encoding == "quoted-printable");
  CHECK(german.text ==
        "Viele sch=C3=B6ne Gr=C3=BC=C3=9Fe =3D gut=20\r\nund bis bald, zum Ende=09\r\n");

  const auto wide = mail::encode_body(std::string(200, 'x'));
  CHECK(wide.encoding == "quoted-printable");
  CHECK(wide.text == std::string(75, 'x') + "=\r\n" + std::string(75, 'x') + "=\r\n" +
                         std::string(50, 'x') + "\r\n");
  CHECK(mail::encode_body(std::string(76, 'x') + "\nä").text ==
        std::string(76, 'x') + "\r\n=C3=A4\r\n");

  const auto japanese = mail::encode_body("日本語日本語日本語");
  CHECK(japanese.encoding == "base64");
  std::string book;
  for (int i = 0; i < 300; ++i) book += "日本語";
  CHECK(longest_line(mail::encode_body(book).text) <= 76);
  CHECK(mail::encode_body(std::string("nul\0", 4)).encoding != "7bit");
}

#include <doctest/doctest.h>

#include <string_view>

#include "formats/ip_network.hpp"

using namespace plinth::formats;

TEST_CASE("an address is read and written in its one form") {
  struct Case {
    std::string_view text;
    std::string_view form;
  };
  for (const auto& [text, form] : {Case{"203.0.113.7", "203.0.113.7"},
                                   {"::ffff:203.0.113.7", "203.0.113.7"},
                                   {"2001:DB8:0:0::1", "2001:db8::1"},
                                   {"::", "::"}}) {
    CAPTURE(text);
    const auto address = parse_ip_address(text);
    REQUIRE(address);
    CHECK(address->str() == form);
  }
  for (const std::string_view bad :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.1.1.1", " 1.1.1.1", "1.1.1.1/32", "::1%lo",
        "[::1]", ":::", "12345::", "a very long text that is longer than any address can be"}) {
    CAPTURE(bad);
    CHECK(!parse_ip_address(bad));
  }
  CHECK(!parse_ip_address(std::string_view("1.1.1.1\0", 8)));
}

TEST_CASE("a network contains its addresses, of its family") {
  const auto contains = [](std::string_view network, std::string_view address) {
    return parse_ip_network(network)->contains(*parse_ip_address(address));
  };
  CHECK(contains("10.0.0.0/8", "10.255.0.1"));
  CHECK(!contains("10.0.0.0/8", "11.0.0.1"));
  CHECK(contains("10.1.2.3/8", "10.255.0.1"));
  CHECK(contains("10.0.0.1", "::ffff:10.0.0.1"));
  CHECK(!contains("10.0.0.1", "10.0.0.2"));
  CHECK(contains("0.0.0.0/0", "203.0.113.7"));
  CHECK(!contains("0.0.0.0/0", "2001:db8::1"));
  CHECK(contains("::/0", "203.0.113.7"));
  CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK(!contains("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(contains("::ffff:10.0.0.0/104", "10.9.9.9"));
}

TEST_CASE("a network is written with the prefix of its family") {
  CHECK(parse_ip_network("10.1.2.3/8")->str() == "10.0.0.0/8");
  CHECK(network_of(*parse_ip_address("2001:db8:1:2:3::"), 64).str() == "2001:db8:1:2::/64");
  for (const std::string_view bad : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8 ",
                                     "::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/+8", "::/0x8"}) {
    CAPTURE(bad);
    CHECK(!parse_ip_network(bad));
  }
}

// Arguments from requests, where the recorded exchanges say too little.
#include <doctest/doctest.h>

#include <string>

#include "plinth/app.hpp"
#include "plinth/testing.hpp"

using namespace plinth;

namespace {

struct Login {
  Field<Email, also_named("username")> email;
  std::string password;
};
Json login(BodyOrForm<Login> data) { return Json::array({data->email->str(), data->password}); }

struct SentHeaders {
  Str<min_length(3)> x_token;
  std::optional<std::vector<std::string>> accept_language;
  Str<alias("x_plain"), defaults_to("none")> plain;
};
Json headers(HeaderModel<SentHeaders> sent) {
  return Json::array({*sent->x_token,
                      sent->accept_language ? static_cast<int>(sent->accept_language->size()) : -1,
                      *sent->plain});
}

struct Jar {
  static constexpr ModelConfig model_config{.forbid_extra = true};
  std::string sid;
  Int<defaults_to(5)> n;
};
Json cookies(CookieModel<Jar> jar) { return Json::array({jar->sid, *jar->n}); }

Json whole(Body<"", Int<ge(1)>> number) { return Json(*number); }
Json anything(Json body) { return body; }
Json form_list(Form<"tag", std::vector<std::string>> tags, Form<"n", std::optional<int>> n) {
  return Json::array({static_cast<int>(tags->size()), n->has_value()});
}

struct Page {
  std::string q;
  Int<defaults_to(10)> size;
};
Json page(QueryModel<Page> where) { return Json(where->q); }
Json page_fields(QueryFields<Page> where) { return Json(where->q); }

constexpr auto form_type = "application/x-www-form-urlencoded";

}  // namespace

TEST_CASE("a body may be JSON or a form, as its content type says") {
  auto app = App();
  app.post<login>("/");
  TestClient client(app);
  CHECK(client.post("/", R"({"email": "a@x.org", "password": "p"})"_json).text ==
        R"(["a@x.org","p"])");
  CHECK(client.post_form("/", {{"username", "a@x.org"}, {"password", "ü &="}}).text ==
        R"(["a@x.org","ü &="])");
  auto multipart = client.request(
      {.method = "POST",
       .body = "--B\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@x.org\r\n--B\r\n"
               "Content-Disposition: form-data; name=\"password\"\r\n\r\nq\r\n--B--\r\n",
       .content_type = "multipart/form-data; boundary=B"});
  CHECK(multipart.text == R"(["a@x.org","q"])");
  CHECK(client.request({.method = "POST", .body = "x", .content_type = "text/plain"})
            .json["detail"][0]["type"] == "model_attributes_type");
  auto cut = client.request({.method = "POST", .content_type = "multipart/form-data"});
  CHECK(cut.text == R"({"detail":"Missing boundary in multipart."})");
}

TEST_CASE("a struct of headers: hyphens for underscores, an alias as it is") {
  auto app = App();
  app.get<headers>("/");
  TestClient client(app);
  CHECK(client
            .get("/", {{"X-Token", "abc"},
                       {"Accept-Language", "de"},
                       {"Accept-Language", "en"},
                       {"x_plain", "p"}})
            .text == R"(["abc",2,"p"])");
  auto wrong = client.get("/", {{"X-Token", "a"}});
  CHECK(wrong.json["detail"][0]["loc"] == R"(["header", "x_token"])"_json);
  CHECK(client.get("/", {{"X-Token", "abc"}}).text == R"(["abc",-1,"none"])");
}

TEST_CASE("a struct of cookies") {
  auto app = App();
  app.get<cookies>("/");
  TestClient client(app);
  CHECK(client.get("/", {{"cookie", "sid=a b; n=7; sid=\"c\\073\""}}).text == R"(["c;",7])");
  auto extra = client.get("/", {{"cookie", "sid=a; other=1"}});
  CHECK(extra.json["detail"][0]["type"] == "extra_forbidden");
}

TEST_CASE("without a name the body is whole, whatever its type") {
  auto app = App();
  app.post<whole>("/whole").post<anything>("/any");
  TestClient client(app);
  CHECK(client.post("/whole", Json(5)).text == "5");
  CHECK(client.post("/whole", Json(0)).json["detail"][0]["loc"] == R"(["body"])"_json);
  CHECK(client.post("/whole", Json()).json["detail"][0]["type"] == "missing");
  CHECK(client.request({.method = "POST", .url = "/whole", .body = "7"}).text == "7");  // lax text
  CHECK(client.post("/any", R"({"a": [1, null, 1.0]})"_json).text == R"({"a":[1,null,1.0]})");
}

TEST_CASE("strict_content_type decides about a body without a content type") {
  auto strict_app = App();
  strict_app.post<anything>("/");
  TestRequest bare{.method = "POST", .body = R"({"a": 1})"};
  CHECK(TestClient(strict_app).request(bare).text == R"("{\"a\": 1}")");
  auto lax_app = App({.strict_content_type = false});
  lax_app.post<anything>("/");
  CHECK(TestClient(lax_app).request(bare).text == R"({"a":1})");
}

TEST_CASE("a form's list takes every field of its name, an empty field is an absent one") {
  auto app = App();
  app.post<form_list>("/");
  TestClient client(app);
  CHECK(client.post_form("/", {{"tag", "a"}, {"tag", ""}, {"n", ""}}).text == "[2,false]");
  CHECK(client.request({.method = "POST", .body = "tag=a&n=1", .content_type = form_type}).text ==
        "[1,true]");
  CHECK(client.post_form("/", {}).json["detail"][0]["type"] == "missing");
}

TEST_CASE("what a missing member of a struct shows as input is what FastAPI shows") {
  auto app = App();
  app.get<page>("/model").get<page_fields>("/fields");
  TestClient client(app);
  CHECK(client.get("/model?other=1").json["detail"][0]["input"] ==
        R"({"size": 10, "other": "1"})"_json);
  CHECK(client.get("/fields?other=1").json["detail"][0]["input"].is_null());
}

TEST_CASE("bytes that are no text are refused or repaired, never a fault") {
  auto app = App();
  app.post<anything>("/").get<page>("/page");
  TestClient client(app);
  auto answer = client.request(
      {.method = "POST", .body = "{\"a\":\"\xff\"}", .content_type = "application/json"});
  CHECK(answer.status == 400);
  CHECK(answer.text == R"({"detail":"There was an error parsing the body"})");
  CHECK(client.get("/page?q=%FF%00").text == "\"\xef\xbf\xbd\\u0000\"");
  CHECK(client.request({.method = "POST", .body = "\xff", .content_type = "text/plain"}).text ==
        "\"\xef\xbf\xbd\"");
  CHECK(client
            .request({.method = "POST",
                      .body = std::string(10'000, '['),
                      .content_type = "application/json"})
            .status == 422);
}

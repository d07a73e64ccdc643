#include "plinth/pagination.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "http/query.hpp"
#include "pagination/cursor.hpp"
#include "plinth/testing.hpp"
#include "support/database.hpp"

using namespace plinth;

namespace paging {

struct Track {
  static constexpr auto table = "tracks";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(80)> title;
  Column<std::string, max_length(20)> genre;
  Column<std::optional<std::int64_t>> plays;
  Column<DateTime> made_at;
};

struct TrackRead {
  std::int64_t id;
};

struct TrackFilter {
  std::optional<std::string> genre;
  Field<std::vector<std::int64_t>, defaults_to_empty> id;
};

inline constexpr auto track_order =
    Orderable<&Track::title, &Track::plays, &Track::made_at, &Track::id>();

}  // namespace paging

using namespace paging;

namespace {

Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.close();
}
using SessionDep = Depends<get_session>;

Task<std::vector<TrackRead>> list_tracks(QueryFields<PageParams> page,
                                         QueryFields<TrackFilter> filter, SessionDep session,
                                         const Request& request, Response& response) {
  auto query = filter_by(select<Track>(), *filter);
  auto tracks = co_await paginate(*session, query, track_order, *page, request, response);
  co_return to<std::vector<TrackRead>>(tracks);
}

Task<std::vector<TrackRead>> newest_tracks(QueryFields<PageParams> page, SessionDep session,
                                           const Request& request, Response& response) {
  auto tracks = co_await paginate(*session, select<Track>().distinct(), track_order, *page, request,
                                  response, {.default_order = "-made_at", .secret = "key"});
  co_return to<std::vector<TrackRead>>(tracks);
}

Task<std::vector<TrackRead>> uncounted_tracks(QueryFields<PageParams> page, SessionDep session,
                                              const Request& request, Response& response) {
  auto tracks = co_await paginate(*session, select<Track>(), track_order, *page, request, response,
                                  {.total = false});
  co_return to<std::vector<TrackRead>>(tracks);
}

App create_app(const support::TestDatabase& database) {
  auto app = App();
  auto engine = Engine(database.url());
  create_all<Track>(engine);
  run([](Engine& of) -> Task<void> {
    std::vector<Track> tracks;
    // Titles and plays repeat, every third has never been played.
    for (std::int64_t i = 0; i < 11; ++i) {
      std::optional<std::int64_t> plays;
      if (i % 3 != 0) plays = i % 4;
      tracks.push_back(Track{.title = std::string(1, static_cast<char>('a' + i % 5)),
                             .genre = i % 2 == 0 ? "jazz" : "rock & roll",
                             .plays = plays,
                             .made_at = DateTime{1'700'000'000'000'001 - i % 7}});
    }
    auto session = of.session();
    co_await session.bulk_insert(tracks);
    co_await session.commit();
  }(engine));
  app.provide(std::move(engine));
  app.get<list_tracks>("/tracks");
  app.get<newest_tracks>("/newest");
  app.get<uncounted_tracks>("/uncounted");
  return app;
}

std::string link(const TestResponse& response, const std::string& relation) {
  const std::string field(response.headers.get("link").value_or(""));
  const auto end = field.find(">; rel=\"" + relation + "\"");
  if (end == std::string::npos) return {};
  const auto begin = field.rfind('<', end) + 1;
  return field.substr(begin, end - begin);
}

std::vector<std::int64_t> ids(const TestResponse& response) {
  std::vector<std::int64_t> found;
  for (const auto& item : response.json.items()) found.push_back(item["id"].integer());
  return found;
}

using Ids = std::vector<std::int64_t>;

// Ids from all pages, as the links of this relation lead through them.
Ids walk(TestClient& client, const std::string& path, std::string reference,
         const std::string& relation) {
  Ids all;
  for (int pages = 0; !reference.empty() && pages < 20; ++pages) {
    auto response = client.get(path + reference);
    REQUIRE(response.status == 200);
    auto page = ids(response);
    if (relation == "prev") std::reverse(page.begin(), page.end());
    all.insert(all.end(), page.begin(), page.end());
    reference = link(response, relation);
  }
  return all;
}

}  // namespace

TEST_CASE("a page has the total, and links to its neighbours") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);

  auto first = client.get("/tracks?limit=4");
  CHECK(first.text == R"([{"id":1},{"id":2},{"id":3},{"id":4}])");
  CHECK(first.headers.get("x-total-count") == "11");
  CHECK(first.headers.get("link") ==
        R"(<?limit=4&offset=0>; rel="first", <?limit=4&offset=4>; rel="next", )"
        R"(<?limit=4&offset=8>; rel="last")");

  auto second = client.get("/tracks?limit=4&offset=4");
  CHECK(second.headers.get("link") ==
        R"(<?limit=4&offset=0>; rel="first", <?limit=4&offset=0>; rel="prev", )"
        R"(<?limit=4&offset=8>; rel="next", <?limit=4&offset=8>; rel="last")");

  auto last = client.get("/tracks?offset=8&limit=4");
  CHECK(ids(last) == Ids{9, 10, 11});
  CHECK(link(last, "next") == "");

  auto beyond = client.get("/tracks?limit=4&offset=9223372036854775807");
  CHECK(beyond.text == "[]");
  CHECK(beyond.headers.get("x-total-count") == "11");
  CHECK(link(beyond, "prev") == "?limit=4&offset=8");
  CHECK(link(beyond, "next") == "");

  CHECK(ids(client.get("/tracks")).size() == 11);
  auto nothing = client.get("/tracks?genre=polka");
  CHECK(nothing.text == "[]");
  CHECK(
      nothing.headers.get("link") ==
      R"(<?genre=polka&limit=20&offset=0>; rel="first", <?genre=polka&limit=20&offset=0>; rel="last")");
}

TEST_CASE("links keep the other parameters, percent-encoded") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  auto next = [&](const std::string& query) {
    return link(client.get("/tracks?" + query), "next");
  };
  CHECK(next("limit=2&genre=rock+%26%20roll&x=1&x=2") ==
        "?genre=rock+%26%20roll&x=1&x=2&limit=2&offset=2");
  CHECK(next("order_by=-title,id&li%6Dit=2&&flag&=v") ==
        "?order_by=-title%2Cid&flag&=v&limit=2&offset=2");
  CHECK(next("limit=2&q=%zz%4\"<b>\\^`{|};'") ==
        "?q=%25zz%254%22%3Cb%3E%5C%5E%60%7B%7C%7D%3B'&limit=2&offset=2");
  CHECK(next("limit=2&q=\xc3\xa9") == "?q=%C3%A9&limit=2&offset=2");
  CHECK(next("limit=2&q=" + std::string(2000, 'a')) == "");
}

TEST_CASE("a list is ordered and filtered by allow-listed fields") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  CHECK(ids(client.get("/tracks?order_by=-title,id&limit=4")) == Ids{5, 10, 4, 9});
  CHECK(ids(client.get("/tracks?order_by=plays&limit=3")) == Ids{5, 9, 2});
  CHECK(ids(client.get("/tracks?order_by=-plays&limit=3")) == Ids{10, 7, 4});
  CHECK(ids(client.get("/tracks?genre=jazz&limit=3")) == Ids{1, 3, 5});
  CHECK(ids(client.get("/tracks?id=3&id=5&id=99")) == Ids{3, 5});
  CHECK(ids(client.get("/newest?limit=2")) == Ids{8, 1});
  CHECK(client.get("/newest?limit=2").headers.get("x-total-count") == "11");

  auto unknown = client.get("/tracks?order_by=title,secret");
  CHECK(unknown.status == 422);
  CHECK(
      unknown.json["detail"] ==
      R"([{"type": "value_error", "loc": ["query", "order_by"], "msg": "Value error, unknown field; the list is ordered by title, plays, made_at, id", "input": "title,secret", "ctx": {"error": {}}}])"_json);
  for (const char* bad : {"", "title,", "title,title", "--title", "title desc", "TITLE", "-"}) {
    CAPTURE(bad);
    CHECK(client.get("/tracks?order_by=" + std::string(bad)).status == 422);
  }
}

TEST_CASE("pages that may not be asked for are refused") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  for (const char* bad :
       {"limit=0", "limit=-1", "limit=101", "limit=1000000000", "limit=1e9", "limit=a",
        "limit=", "offset=-1", "offset=a", "offset=9223372036854775808", "cursor=a", "cursor=AAAA",
        "cursor=%00", "cursor=&offset=1", "cursor=W10"}) {
    CAPTURE(bad);
    auto refused = client.get("/tracks?" + std::string(bad));
    CHECK(refused.status == 422);
    CHECK_FALSE(refused.headers.contains("link"));
  }
  CHECK(client.get("/tracks?cursor=" + std::string(1001, 'A')).status == 422);
}

TEST_CASE("cursors lead through every row once, both ways, in any order") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  for (const std::string order :
       {"id", "-id", "title", "-title", "plays", "-plays", "plays,-title", "-plays,title",
        "-plays,-title,id", "made_at", "-made_at,plays", "title,-plays,made_at,-id"}) {
    CAPTURE(order);
    auto all = ids(client.get("/tracks?order_by=" + order));
    REQUIRE(all.size() == 11);
    for (const std::string limit : {"1", "3", "11", "100"}) {
      CAPTURE(limit);
      auto query = "?order_by=" + order + "&limit=" + limit + "&cursor=";
      CHECK(walk(client, "/tracks", query, "next") == all);
      auto last = link(client.get("/tracks" + query), "last");
      auto backwards = walk(client, "/tracks", last, "prev");
      std::reverse(backwards.begin(), backwards.end());
      CHECK(backwards == all);
    }
  }
}

TEST_CASE("a cursor goes on where it was, whatever came before it") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  auto first = client.get("/uncounted?limit=3&cursor=");
  CHECK_FALSE(first.headers.contains("x-total-count"));
  CHECK(link(first, "prev") == "");
  CHECK(link(first, "first") == "?limit=3&cursor=");
  auto second = client.get("/uncounted" + link(first, "next"));
  CHECK(ids(second) == Ids{4, 5, 6});
  CHECK(ids(client.get("/uncounted" + link(second, "prev"))) == Ids{1, 2, 3});
  CHECK(ids(client.get("/uncounted" + link(second, "last"))) == Ids{9, 10, 11});
  CHECK(link(client.get("/uncounted" + link(second, "last")), "next") == "");
  CHECK(link(client.get("/uncounted?limit=3"), "last") == "");
  // The first page, reached from behind, has none before it.
  CHECK(link(client.get("/uncounted" + link(second, "prev")), "prev") == "");
}

TEST_CASE("a cursor of another order, another key, or with another bit is refused") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  auto cursor_of = [&](const std::string& url) {
    auto reference = link(client.get(url), "next");
    return reference.substr(reference.find("cursor=") + 7);
  };
  const auto cursor = cursor_of("/tracks?limit=3&cursor=");
  CHECK(client.get("/tracks?cursor=" + cursor).status == 200);
  CHECK(client.get("/tracks?order_by=title&cursor=" + cursor).status == 422);
  CHECK(client.get("/tracks?order_by=-id&cursor=" + cursor).status == 422);
  CHECK(client.get("/newest?order_by=id&cursor=" + cursor).status == 422);
  CHECK(client.get("/newest?cursor=" + cursor_of("/newest?limit=3&cursor=")).status == 200);
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    auto changed = cursor;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(changed);
    CHECK(client.get("/tracks?cursor=" + changed).status == 422);
  }
  CHECK(client.get("/tracks?cursor=" + cursor + "A").status == 422);

  // Made by one who knows how, without a secret: values that are none of the column.
  using pagination::Cursor;
  auto forged = [&](std::vector<std::string> values, std::string order = "id") {
    auto text = pagination::encode_cursor(
        {.from = Cursor::From::after, .order = std::move(order), .values = std::move(values)}, "");
    return client.get("/tracks?cursor=" + text).status;
  };
  CHECK(forged({"4"}) == 200);
  CHECK(forged({}) == 200);
  CHECK(forged({"null"}) == 422);
  CHECK(forged({"\"x\""}) == 422);
  CHECK(forged({"1", "2"}) == 422);
  CHECK(forged({"[[[["}) == 422);
  CHECK(forged({"99999999999999999999"}) == 422);
  CHECK(forged({"4"}, "id,title") == 422);
}

TEST_CASE("the parameters are documented") {
  const support::TestDatabase database;
  auto app = create_app(database);
  auto client = TestClient(app);
  auto document = client.get("/openapi.json").json;
  std::vector<std::string> names;
  for (const auto& one : document["paths"]["/tracks"]["get"]["parameters"].items()) {
    names.push_back(one["name"].str());
  }
  CHECK(names == std::vector<std::string>{"limit", "offset", "cursor", "order_by", "genre", "id"});
}

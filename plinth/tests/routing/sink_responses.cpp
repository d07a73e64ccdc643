// /r, /m: what handlers return.
#include <limits>
#include <stdexcept>

#include "routing/sink_app.hpp"

namespace sink {
namespace {

Out r_model() { return {.a = 1, .b = "x"}; }
Out r_one() { return {.a = 1}; }
void r_204() {}
void r_null() {}
std::string r_str() { return "h€llo \"q\" </x>"; }

Json r_float() {
  return Json::object({{"a", 1.0},
                       {"b", 1e22},
                       {"c", 1e-7},
                       {"d", 0.1 + 0.2},
                       {"e", 123456789.123},
                       {"f", -0.0},
                       {"g", 1e16},
                       {"h", 1e15}});
}
std::vector<double> r_floatm() {
  using Limits = std::numeric_limits<double>;
  return {1.0,  1e22, 1e-7, 0.1 + 0.2,          123456789.123,
          -0.0, 1e16, 1e15, Limits::infinity(), Limits::quiet_NaN()};
}

Types r_typesm() {
  return {.dt = *DateTime::parse("2026-01-02T03:04:05.678Z"),
          .naive = *DateTime::parse("2026-01-02T03:04:05"),
          .off = *DateTime::parse("2026-01-02T03:04:05+02:00"),
          .d = {.days = 20455},
          .t = {.microseconds = (3LL * 3600 + 4 * 60 + 5) * 1'000'000},
          .td = {.microseconds = 93'603'500'000},
          .u = *Uuid::parse("00000000-0000-0000-0000-000000000005"),
          .dec = {"1.10"},
          .e = Color::red,
          .b = {"abc"},
          .uni = "ü😀\xe2\x80\xa8</script>\x7f\x01"};
}

struct AllTypes {
  DateTime dt;
  DateTime naive;
  DateTime off;
  Date d;
  Time t;
  Duration td;
  Uuid u;
  Decimal dec;
  Color e;
  std::set<std::int64_t> s;
  Bytes b;
  std::optional<int> n;
  bool by;
  std::string uni;
};
AllTypes r_types() {
  auto same = r_typesm();
  return {.dt = same.dt,
          .naive = same.naive,
          .off = same.off,
          .d = same.d,
          .t = same.t,
          .td = same.td,
          .u = same.u,
          .dec = same.dec,
          .e = same.e,
          .s = {1},
          .b = same.b,
          .n = {},
          .by = true,
          .uni = same.uni};
}
Json r_nan() { return Json::object({{"a", std::numeric_limits<double>::quiet_NaN()}}); }

std::string r_html() { return "<b>x</b>"; }
std::string r_text() { return "x"; }
Response r_redir() { return Response::redirect("/r/text?x=ü y"); }

Json r_cookie(Response& response) {
  response.headers.append("set-cookie",
                          "k=\"v w\"; HttpOnly; Max-Age=5; Path=/; SameSite=strict; Secure");
  response.headers.append("x-a", "b");
  response.status = 202;
  return Json::object({{"ok", 1}});
}

Json r_exc() {
  throw HttpError(418, Json::object({{"code", "teapot"}, {"x", Json::array({1})}}),
                  {{"x-err", "1"}});
}
Json r_exc204() { throw HttpError(304); }
Json r_excdef() { throw HttpError(409); }
Json r_boom() { throw std::runtime_error("boom"); }

Json log_as_json() {
  auto json = Json(Json::Array{});
  for (const auto& event : event_log()) json.push_back(event);
  return json;
}
Json r_bg(BackgroundTasks& bg) {
  bg.add_task(note, std::string("bg"));
  return Json::object({{"log", log_as_json()}});
}
Json r_log(Query<"clear", bool, defaults_to(false)> clear) {
  auto json = log_as_json();
  if (*clear) event_log().clear();
  return json;
}

Out m_dep() { return {.a = 1}; }
int m_hidden() { return 1; }
int m_multi() { return 1; }
void m_head(Response& response) { response.headers.append("x", "1"); }

}  // namespace

Router responses() {
  return Router()
      .get<r_model>("/r/model")
      .get<r_one>("/r/unset", {.name = "r_unset", .response_model_exclude_defaults = true})
      .get<r_one>("/r/none", {.name = "r_none", .response_model_exclude_none = true})
      .get<r_204>("/r/204", {.status = 204})
      .get<r_null>("/r/null")
      .get<r_str>("/r/str")
      .get<r_float>("/r/float")
      .get<r_floatm>("/r/floatm")
      .get<r_typesm>("/r/typesm")
      .get<r_types>("/r/types", {.response_model = false})
      .get<r_nan>("/r/nan")
      .get<r_html>("/r/html", {.media_type = "text/html"})
      .get<r_text>("/r/text", {.media_type = "text/plain"})
      .get<r_redir>("/r/redir")
      .get<r_cookie>("/r/cookie")
      .get<r_exc>("/r/exc")
      .get<r_exc204>("/r/exc204")
      .get<r_excdef>("/r/excdef")
      .get<r_boom>("/r/boom")
      .get<r_bg>("/r/bg")
      .get<r_log>("/r/log")
      .get<m_dep>("/m/dep", {.summary = "Sum",
                             .description = "Desc",
                             .tags = {"p", "q"},
                             .deprecated = true,
                             .operation_id = "opid",
                             .response_description = "RD",
                             .responses = {{"404", "NF", model<Addr>}, {"5XX", "se"}}})
      .get<m_hidden>("/m/hidden", {.include_in_schema = false})
      .api_route<m_multi>({"GET", "POST"}, "/m/multi")
      .head<m_head>("/m/head");
}

}  // namespace sink

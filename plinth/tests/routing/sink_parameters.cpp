// /p, /q, /h, /ck: path, query, headers and cookies.
#include "routing/sink_app.hpp"

namespace sink {
namespace {

template <class T>
struct V {
  T v;
};

template <class T>
V<std::remove_cvref_t<T>> echo(T&& value) {
  return {std::forward<T>(value)};
}

V<std::int64_t> p_int(Path<"v", std::int64_t> v) { return {*v}; }
V<std::int64_t> p_intc(Path<"v", std::int64_t, ge(1), lt(10), title("The V"), description("d")> v) {
  return {*v};
}
V<double> p_float(Path<"v", double, gt(0), le(10.5)> v) { return {*v}; }
V<Uuid> p_uuid(Path<"v", Uuid> v) { return {*v}; }
V<bool> p_bool(Path<"v", bool> v) { return {*v}; }
V<Color> p_enum(Path<"v", Color> v) { return {*v}; }
V<Literal<"a", "b">> p_lit(Path<"v", Literal<"a", "b">> v) { return {*v}; }
V<Date> p_date(Path<"v", Date> v) { return {*v}; }
V<DateTime> p_dt(Path<"v", DateTime> v) { return {*v}; }
V<Duration> p_td(Path<"v", Duration> v) { return {*v}; }
V<Time> p_time(Path<"v", Time> v) { return {*v}; }
V<Decimal> p_dec(Path<"v", Decimal, max_digits(5), decimal_places(2)> v) { return {*v}; }
V<std::string> p_path(Path<"v", std::string> v) { return {*v}; }
V<std::string> p_str(Path<"v", std::string, min_length(2), max_length(4), pattern("^[a-z]+$")> v) {
  return {*v};
}

struct Basic {
  std::int64_t a;
  std::optional<std::int64_t> b;
  std::string c;
  bool d;
  std::vector<std::int64_t> e;
};
Basic q_basic(Query<"a", std::int64_t> a, Query<"b", std::optional<std::int64_t>> b,
              Query<"c", std::string, defaults_to("x")> c, Query<"d", bool, defaults_to(false)> d,
              Query<"e", std::vector<std::int64_t>, defaults_to_empty> e) {
  return {*a, *b, *c, *d, *e};
}

std::vector<std::string> just_z() { return {"z"}; }
struct Constrained {
  std::optional<std::string> s;
  std::int64_t n;
  std::vector<std::string> l;
};
Constrained q_c(
    Query<"s-s", std::optional<Str<min_length(3), max_length(5), pattern("^a"), deprecated,
                                   description("dd"), example("\"abc\"")>>>
        s,
    Query<"n", std::int64_t, ge(0), le(100), multiple_of(5), defaults_to(10)> n,
    Query<"l", std::vector<std::string>, min_length(1), max_length(2), default_factory<just_z>> l) {
  std::optional<std::string> text;
  if (*s) text = **s;
  return {text, *n, *l};
}

QM q_model(QueryModel<QM> q) { return *q; }

struct Kinds {
  std::optional<Color> color;
  std::optional<Uuid> u;
  std::optional<DateTime> when;
  std::optional<double> f;
  std::optional<N> n;
  std::set<std::int64_t> st;
};
Kinds q_kinds(Query<"color", std::optional<Color>> color, Query<"u", std::optional<Uuid>> u,
              Query<"when", std::optional<DateTime>> when, Query<"f", std::optional<double>> f,
              Query<"n", std::optional<N>> n,
              Query<"st", std::set<std::int64_t>, defaults_to_empty> st) {
  return {*color, *u, *when, *f, *n, *st};
}

struct SentHeaders {
  std::optional<std::string> ua;
  std::optional<std::vector<std::string>> xt;
  std::optional<std::int64_t> n;
  std::optional<std::string> s;
};
SentHeaders hdr(Header<"user-agent", std::optional<std::string>> user_agent,
                Header<"x-token", std::optional<std::vector<std::string>>> x_token,
                Header<"x-num", std::optional<std::int64_t>> x_num,
                Header<"strange_header", std::optional<std::string>> strange_header) {
  return {*user_agent, *x_token, *x_num, *strange_header};
}

struct SentCookies {
  std::string sid;
  std::optional<std::int64_t> n;
};
SentCookies ck(Cookie<"sid", std::string, min_length(3)> sid,
               Cookie<"n", std::optional<std::int64_t>> n) {
  return {*sid, *n};
}

}  // namespace

Router parameters() {
  return Router()
      .get<p_int>("/p/int/{v}", {.tags = {"p"}})
      .get<p_intc>("/p/intc/{v}", {.tags = {"p"}})
      .get<p_float>("/p/float/{v}")
      .get<p_uuid>("/p/uuid/{v}")
      .get<p_bool>("/p/bool/{v}")
      .get<p_enum>("/p/enum/{v}")
      .get<p_lit>("/p/lit/{v}")
      .get<p_date>("/p/date/{v}")
      .get<p_dt>("/p/dt/{v}", {.response_model = false})
      .get<p_td>("/p/td/{v}", {.response_model = false})
      .get<p_time>("/p/time/{v}")
      .get<p_dec>("/p/dec/{v}", {.response_model = false})
      .get<p_path>("/p/path/{v:path}")
      .get<p_str>("/p/str/{v}")
      .get<q_basic>("/q/basic")
      .get<q_c>("/q/c")
      .get<q_model>("/q/model")
      .get<q_kinds>("/q/kinds")
      .get<hdr>("/h")
      .get<ck>("/ck");
}

}  // namespace sink

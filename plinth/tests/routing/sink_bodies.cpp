// /b, /f: JSON bodies and forms.
#include "routing/sink_app.hpp"

namespace sink {
namespace {

Item b_item(Item i) { return i; }
Strict b_strict(Strict s) { return s; }
std::vector<std::int64_t> b_list(std::vector<std::int64_t> l) { return l; }
std::map<std::int64_t, double> b_dict(std::map<std::int64_t, double> d) { return d; }

struct Two {
  Addr a;
  std::optional<Addr> b;
  std::int64_t n;
  std::string q;
};
Two b_two(Body<"a", Addr> a, Query<"q", std::string> q, Body<"n", std::int64_t, gt(0)> n,
          Body<"b", std::optional<Addr>> b) {
  return {*a, *b, *n, *q};
}
Addr b_embed(Body<"a", Addr> a) { return *a; }

struct MaybeAddr {
  std::optional<Addr> a;
};
MaybeAddr b_opt(std::optional<Addr> a) { return {a}; }
Json b_mix(Path<"id", std::int64_t>, Addr, Query<"q", std::int64_t>, Header<"x-h", std::int64_t>) {
  return Json::object({});
}

struct FormAnswer {
  std::string u;
  std::int64_t n;
};
FormAnswer f_form(Form<"u", std::string, min_length(2)> u,
                  Form<"n", std::int64_t, defaults_to(3)> n) {
  return {*u, *n};
}
FM f_model(FormModel<FM> d) { return *d; }

Addr m_patch(Addr i) { return i; }

}  // namespace

Router bodies() {
  return Router()
      .post<b_item>("/b/item")
      .post<b_strict>("/b/strict")
      .post<b_list>("/b/list")
      .post<b_dict>("/b/dict")
      .post<b_two>("/b/two")
      .post<b_embed>("/b/embed")
      .post<b_opt>("/b/opt")
      .put<b_mix>("/b/mix/{id}")
      .post<f_form>("/f/form")
      .post<f_model>("/f/model")
      .patch<m_patch>("/m/patch", {.response_model_exclude_none = true});
}

}  // namespace sink

// A list by pages: GET /tracks?limit=2&order_by=-plays,title&genre=jazz
#include "plinth/pagination.hpp"
#include "plinth/plinth.hpp"
#include "plinth/server.hpp"
#include "plinth/session.hpp"

using namespace plinth;

struct Track {
  static constexpr auto table = "tracks";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(80)> title;
  Column<std::string, max_length(20)> genre;
  Column<std::int64_t, defaults_to(0)> plays;
};

struct TrackRead {
  std::int64_t id;
  std::string title;
  std::int64_t plays;
};

struct TrackFilter {  // ?genre=jazz: the column of that name
  std::optional<std::string> genre;
};

inline constexpr auto track_order = Orderable<&Track::title, &Track::plays>();

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

App create_app() {
  auto app = App();
  auto engine = Engine("sqlite:///:memory:");
  create_all<Track>(engine);
  app.provide(std::move(engine));
  app.get<list_tracks>("/tracks");
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}

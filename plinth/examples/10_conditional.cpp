// Entity tags: a client that has the answer is told 304; of two that change a note at once the
// second is told 412 and loses nothing.
#include "plinth/conditional.hpp"
#include "plinth/plinth.hpp"
#include "plinth/security_headers.hpp"
#include "plinth/server.hpp"

using namespace plinth;

struct Note {
  static constexpr auto table = "notes";

  Column<std::int64_t, primary_key> id;
  Column<std::string, max_length(1000)> text;
};

struct NoteRead {
  std::int64_t id;
  std::string text;
};

struct NoteUpdate {
  Str<max_length(1000)> text;
};

Yield<Session> get_session(Engine& engine) {
  auto session = engine.session();
  co_yield session;
  co_await session.close();
}
using SessionDep = Depends<get_session>;

Task<NoteRead> read_note(Path<"id", std::int64_t> id, SessionDep session) {
  auto note = co_await session->get<Note>(*id);
  if (!note) throw HttpError(404);
  co_return to<NoteRead>(*note);  // ETag{} gives it a tag
}

// The row is locked from the comparison to the commit, so that no other change comes between.
Task<NoteRead> update_note(Path<"id", std::int64_t> id, NoteUpdate data, SessionDep session,
                           const Request& request, Response& response) {
  co_await session->begin();
  auto note =
      co_await session->one_or_none(select<Note>().where(col<&Note::id> == *id).with_for_update());
  if (!note) throw HttpError(404);
  require_match(request, etag(to<NoteRead>(*note)));

  note->text = *data.text;
  session->add(*note);
  co_await session->commit();
  auto changed = to<NoteRead>(*note);
  set_etag(response, etag(changed));
  co_return changed;
}

App create_app() {
  auto app = App();
  auto engine = Engine("sqlite:///:memory:");
  create_all<Note>(engine);
  app.provide(std::move(engine));
  app.use(ETag{});
  app.use(Gzip{.minimum_size = 1024});
  app.use(SecurityHeaders{.frame_options = "SAMEORIGIN"});
  app.get<read_note>("/notes/{id}");
  app.put<update_note>("/notes/{id}");
  return app;
}

int main() {
  auto app = create_app();
  return Server(app, {.port = 8000}).run();
}

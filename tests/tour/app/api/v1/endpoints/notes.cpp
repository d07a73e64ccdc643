#include "app/api/v1/endpoints.hpp"
#include "app/db/session.hpp"
#include "app/schemas/note.hpp"
#include "app/services/notes.hpp"

namespace app::api::v1::notes {

Task<NoteRead> create_note(NoteCreate data, SessionDep session) {
  auto note = Note{.text = *data.text};
  session->add(note);
  co_await session->commit();
  co_return to<NoteRead>(note);
}

Task<std::vector<NoteRead>> read_notes(SessionDep session) {
  std::vector<NoteRead> notes;
  for (auto& note : co_await latest_notes(session)) notes.push_back(to<NoteRead>(note));
  co_return notes;
}

Router router() {
  return Router({.prefix = "/notes", .tags = {"notes"}})
      .post<create_note>("", {.status = 201})
      .get<read_notes>("");
}

}  // namespace app::api::v1::notes

#include "app/services/notes.hpp"
#include "app/api/v1/endpoints.hpp"
#include "app/db/session.hpp"
#include "app/schemas/note.hpp"

namespace app::api::v1::notes {

Task<NoteRead> create_note(NoteCreate data, SessionDep session) {
  auto note = Note{.text = *data.text};
  session->add(note);
  co_await session->commit();
  co_return to<NoteRead>(note);
}

Task<std::vector<NoteRead>> read_notes(SessionDep session) {
  co_return to<std::vector<NoteRead>>(co_await latest_notes(session));
}

Router router() {
  return Router({.prefix = "/notes", .access = Access::open})  // or a CurrentUser in each handler
      .post<create_note>("")
      .get<read_notes>("");
}

}  // namespace app::api::v1::notes

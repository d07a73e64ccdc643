#pragma once

#include "app/models/note.hpp"

namespace app {

inline Task<std::vector<Note>> latest_notes(Session& session) {
  return session.all(select<Note>().order_by(desc(col<&Note::id>)).limit(20));
}

}  // namespace app

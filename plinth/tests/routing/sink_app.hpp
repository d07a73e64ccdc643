// The application behind tests/conformance/sink.jsonl, written again with plinth.
#pragma once

#include <string>
#include <vector>

#include "plinth/app.hpp"
#include "plinth/security.hpp"
#include "schema/sink.hpp"

namespace sink {

/// What happened, as the recorded application notes it.
std::vector<std::string>& event_log();
void note(std::string event);

App make_app();

Router parameters();
Router bodies();
Router responses();
Router dependencies();

}  // namespace sink

// Signatures made into messages: what goes to which queue when a task, chain, group or chord is
// called. Used by who calls them and by workers, for what follows a task.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plinth/tasks.hpp"
#include "tasks/broker.hpp"
#include "tasks/celery.hpp"
#include "tasks/message.hpp"
#include "tasks/python_text.hpp"

namespace plinth::tasks {

/// What a call comes to.
struct Composed {
  std::string id;                  // whose result is the call's: of a group, the group's
  std::vector<std::string> parts;  // of a group: the ids of its tasks
  std::vector<Outgoing> messages;
  // Groups that are headers of chords, with how many parts each has: told to the result backend
  // before the messages go out.
  std::vector<std::pair<std::string, std::int64_t>> chords;
};

/// Of what a call is a child: the task that makes it. Empty: it is a root.
struct Parent {
  std::string root_id = {};
  std::string id = {};
};
/// Of the task that this thread works on.
Parent current_parent();

/// A list of signatures, as it stands in a compound one and in a message.
Json json_of(const std::vector<Signature>& signatures);

/// Celery's freeze: gives the signature the ids that its tasks will have, where it has none, and
/// who is to be replied to. Returns the id of its result.
std::string freeze(const Celery::Impl& celery, Signature& signature);

/// `before`: arguments that come before the signature's own, unless it is immutable: the result of
/// what ran before it.
///
/// throws  std::invalid_argument for a signature that is none
Composed compose(const Celery::Impl& celery, Signature signature, const Parent& parent,
                 const Json::Array& before = {});

/// One call of one task. `args` and `kwargs` are JSON texts; `shown_as`: Celery's delay() has a
/// tuple, its send_task() a list.
Outgoing compose_call(const Celery::Impl& celery, const TaskOptions* options, std::string task,
                      std::string args, std::string kwargs, const CallOptions& call,
                      const Parent& parent, Sequence shown_as = Sequence::tuple);

/// The message to its queue, made at that time.
Outgoing outgoing(Message message, std::int64_t now_us);

/// Sends all of it by the Celery's broker, within its limit.
Task<void> send_composed(Celery::Impl& celery, const Composed& composed, CallOptions call);

}  // namespace plinth::tasks

// What happens to messages in one step, as Lua. Each is explained where it stands.
#pragma once

#include "redis/command.hpp"

namespace plinth::tasks::redis_scripts {

const redis::Script& publish();
const redis::Script& take();
const redis::Script& finish();
const redis::Script& renew();
const redis::Script& defer();
const redis::Script& expired();
const redis::Script& held();
const redis::Script& move();
const redis::Script& revive();
const redis::Script& remove();
const redis::Script& store_result();
const redis::Script& add_chord_part();

}  // namespace plinth::tasks::redis_scripts

// Each script is one step: Redis runs nothing else meanwhile, and no kill of a worker leaves half
// of it. Time is the server's, so that the clocks of workers do not matter.
//
// Invariants
// - A script that ends or hands on what is held begins with PERSIST, which changes nothing: Redis
//   refuses the first write of a script when its memory is full, but not those that follow a write
//   that needs none. Else nobody could finish, and the memory would stay full.
// - What is held is let go last: an error in the middle (a key of another type) loses nothing.
#include "tasks/redis_scripts.hpp"

#include <string>

namespace plinth::tasks::redis_scripts {

using redis::Script;

namespace {

// index, held: the keys of what is unacknowledged; now: seconds.
constexpr auto prologue = R"lua(
local index, held = 'unacked_index', 'unacked'
local function now()
  local time = redis.call('TIME')
  return time[1] + time[2] / 1000000
end
local next_argument = 0
local function argument()
  next_argument = next_argument + 1
  return ARGV[next_argument]
end
)lua";

// Five arguments: list, text, key of idempotency or '', id, how long the key is remembered. Returns
// the id by which the task is known.
constexpr auto push_function = R"lua(
local function push(wanted)
  local list, text, once, id, seconds =
    argument(), argument(), argument(), argument(), argument()
  if not wanted then return end
  if once ~= '' and not redis.call('SET', once, id, 'NX', 'EX', seconds) then
    return redis.call('GET', once)
  end
  redis.call('LPUSH', list, text)
  return id
end
)lua";

// Celery's backend: a SUCCESS is not overwritten, and whoever waits hears of it.
constexpr auto store_function = R"lua(
local function store(key, meta, seconds)
  local success = '{"status": "SUCCESS"'
  local lasting = tonumber(seconds) <= 0
  if lasting or not redis.call('SET', key, meta, 'EX', seconds, 'NX') then
    if redis.call('GETRANGE', key, 0, #success - 1) == success then return end
    redis.call('SET', key, meta)
    if not lasting then redis.call('EXPIRE', key, seconds) end
  end
  redis.call('PUBLISH', key, meta)
end
)lua";

Script script(const std::string& functions, const char* text) {
  return Script(prologue + functions + text);
}

}  // namespace

// most, number of queues, (queue, its four lists, new messages)..., number of messages, messages...
// All are pushed, or none because a queue is full. Returns the ids.
const Script& publish() {
  static const Script made = script(push_function, R"lua(
local most = tonumber(argument())
for _ = 1, tonumber(argument()) do
  local queue, length = argument(), 0
  for _ = 1, 4 do length = length + redis.call('LLEN', argument()) end
  if length + tonumber(argument()) > most then return redis.error_reply('QUEUEFULL ' .. queue) end
end
local ids = {}
for n = 1, tonumber(argument()) do ids[n] = push(true) end
return ids
)lua");
  return made;
}

// KEYS: the lists, most urgent first. limit, lease, visibility timeout, prefix of the tags, and for
// each list what closes its held values. The tags are the prefix and 1, 2, ...; new ones at each
// delivery, so that who was too slow cannot finish what is another's now.
// Returns list number, text, ...
const Script& take() {
  static const Script made = script("", R"lua(
local left, lease, visibility, prefix =
  tonumber(argument()), tonumber(argument()), tonumber(argument()), argument()
local score = now() + lease - visibility
-- Redis compares whole numbers much faster.
if lease >= 5 then score = math.ceil(score) end
local scores, values, taken, count = {}, {}, {}, 0
for list = 1, #KEYS do
  local closing = argument()
  local texts = redis.pcall('RPOP', KEYS[list], left)
  -- A key of another type is nobody's queue.
  if texts and not texts.err then
    for _, text in ipairs(texts) do
      count = count + 1
      local tag = prefix .. count
      scores[2 * count - 1], scores[2 * count] = score, tag
      values[2 * count - 1], values[2 * count] = tag, '[' .. text .. closing
      taken[2 * count - 1], taken[2 * count] = list, text
    end
    left = left - #texts
    if left <= 0 then break end
  end
end
if count > 0 then
  redis.call('ZADD', index, unpack(scores))
  redis.call('HSET', held, unpack(values))
end
return taken
)lua");
  return made;
}

// database of the broker and of results, number of messages, then for each: tag, head of the dead
// letter or '', result key or '', meta, seconds, chord or '', number of messages that follow,
// those. An empty tag: nothing is held, and the rest is done. Returns for each whether it was held.
const Script& finish() {
  static const Script made = script(std::string(push_function) + store_function, R"lua(
local broker, results = argument(), argument()
local function with_results(run)
  if broker ~= results then redis.call('SELECT', results) end
  local returned = run()
  if broker ~= results then redis.call('SELECT', broker) end
  return returned
end
redis.call('PERSIST', index)
local was_held, ended, seen = {}, {}, {}
for n = 1, tonumber(argument()) do
  local tag, dead, key, meta, seconds, chord =
    argument(), argument(), argument(), argument(), argument(), argument()
  local valid = tag == '' or (not seen[tag] and redis.call('HEXISTS', held, tag) == 1)
  local send = valid
  if send and chord ~= '' then
    -- The body is sent by the one who drops the parts.
    send = with_results(function()
      local dropped = redis.call('DEL', chord .. '.j') == 1
      redis.call('DEL', chord .. '.s', chord .. '.t')
      return dropped
    end)
  end
  for _ = 1, tonumber(argument()) do push(send) end
  if valid and key ~= '' then
    with_results(function() store(key, meta, seconds) end)
  end
  if valid and tag ~= '' then
    if dead ~= '' then
      redis.call('RPUSH', 'plinth.dead', dead .. '\n' .. redis.call('HGET', held, tag))
    end
    seen[tag] = true
    ended[#ended + 1] = tag
  end
  was_held[n] = valid and 1 or 0
end
if #ended > 0 then
  redis.call('ZREM', index, unpack(ended))
  redis.call('HDEL', held, unpack(ended))
end
return was_held
)lua");
  return made;
}

// lease, visibility timeout, tags...
const Script& renew() {
  static const Script made = script("", R"lua(
local score = now() + tonumber(argument()) - tonumber(argument())
redis.call('PERSIST', index)
for n = 3, #ARGV do redis.call('ZADD', index, 'XX', score, ARGV[n]) end
)lua");
  return made;
}

// tag, score. The blank before the end says that it comes back as it was, not counted.
const Script& defer() {
  static const Script made = script("", R"lua(
local tag, score = argument(), argument()
local value = redis.call('HGET', held, tag)
if not value then return 0 end
redis.call('PERSIST', index)
redis.call('ZADD', index, 'XX', score, tag)
redis.call('HSET', held, tag, string.sub(value, 1, -2) .. ' ]')
return 1
)lua");
  return made;
}

// visibility timeout, limit. What has been held for too long: milliseconds until the next one, then
// tag, score, value (or nil), ...
const Script& expired() {
  static const Script made = script("", R"lua(
local visibility, limit = tonumber(argument()), tonumber(argument())
local most = now() - visibility
local found = redis.call('ZRANGEBYSCORE', index, '-inf', most, 'WITHSCORES', 'LIMIT', 0, limit)
local after = redis.call('ZRANGEBYSCORE', index, '(' .. string.format('%.17g', most), '+inf',
                         'WITHSCORES', 'LIMIT', 0, 1)
local due = 1000
if after[2] then due = math.min(due, math.ceil((after[2] - most) * 1000)) end
if #found == 2 * limit then due = 0 end
local out = {due}
for n = 1, #found, 2 do
  out[#out + 1], out[#out + 2] = found[n], found[n + 1]
  out[#out + 1] = redis.call('HGET', held, found[n])
end
return out
)lua");
  return made;
}

// tags... Each one's score and value, or nil.
const Script& held() {
  static const Script made = script("", R"lua(
local out = {}
for n = 1, #ARGV do
  out[2 * n - 1] = redis.call('ZSCORE', index, ARGV[n])
  out[2 * n] = redis.call('HGET', held, ARGV[n])
end
return out
)lua");
  return made;
}

// (tag, score, list, text)... Back to the front of its list, what still has that score: it was not
// finished, renewed or moved since somebody looked. An empty list: it is only let go.
const Script& move() {
  static const Script made = script("", R"lua(
redis.call('PERSIST', index)
local moved = 0
while next_argument < #ARGV do
  local tag, score, list, text = argument(), argument(), argument(), argument()
  if redis.call('ZSCORE', index, tag) == score then
    if list ~= '' then redis.call('RPUSH', list, text) end
    redis.call('ZREM', index, tag)
    redis.call('HDEL', held, tag)
    moved = moved + 1
  end
end
return moved
)lua");
  return made;
}

// dead letter, list, text. Returns whether it was there.
const Script& revive() {
  static const Script made = script("", R"lua(
local letter, list, text = argument(), argument(), argument()
if redis.call('LREM', 'plinth.dead', 1, letter) == 0 then return 0 end
redis.call('LPUSH', list, text)
return 1
)lua");
  return made;
}

// tag, value. A deferred message, unless it has become due since somebody looked.
const Script& remove() {
  static const Script made = script("", R"lua(
local tag, value = argument(), argument()
if redis.call('HGET', held, tag) ~= value then return 0 end
redis.call('ZREM', index, tag)
return redis.call('HDEL', held, tag)
)lua");
  return made;
}

// key, meta, seconds
const Script& store_result() {
  static const Script made = script(store_function, R"lua(
redis.call('PERSIST', index)
store(ARGV[1], ARGV[2], ARGV[3])
)lua");
  return made;
}

// group key, index, part, seconds. A part that is done again replaces itself. Returns all parts
// once they are complete, else nil.
const Script& add_chord_part() {
  static const Script made = script("", R"lua(
local group, position, part, seconds = argument(), argument(), argument(), argument()
local parts = group .. '.j'
if position ~= '+inf' then
  redis.call('ZREMRANGEBYSCORE', parts, position, position)
end
redis.call('ZADD', parts, position, part)
local size, more = redis.call('GET', group .. '.s'), redis.call('GET', group .. '.t')
if tonumber(seconds) > 0 then
  for _, suffix in ipairs({'.j', '.s', '.t'}) do redis.call('EXPIRE', group .. suffix, seconds) end
end
if size and redis.call('ZCARD', parts) >= tonumber(size) + tonumber(more or 0) then
  return redis.call('ZRANGE', parts, 0, -1)
end
return false
)lua");
  return made;
}

}  // namespace plinth::tasks::redis_scripts

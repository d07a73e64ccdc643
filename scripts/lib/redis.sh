# shellcheck shell=bash
# A Redis for benchmarks and for trying things, on a free port of the loopback, in a temporary
# folder. The tests start servers of their own (plinth/tests/support/redis.hpp). After lib/common.sh
# and lib/postgresql.sh:
#
#   trap stop_redis EXIT
#   start_redis  # exports REDIS_URL
redis_folder=
redis_port=

# start_redis [setting value...]
start_redis() {
  command -v redis-server >/dev/null ||
    die "redis-server is not installed; run scripts/bootstrap --test"
  redis_folder=$(mktemp -d "${TMPDIR:-/tmp}/plinth-redis.XXXXXX") || return
  for _ in 1 2 3 4 5; do # somebody may take the port before the server does
    redis_port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$redis_folder" --save '' \
      --daemonize yes --pidfile "$redis_folder/redis.pid" --logfile "$redis_folder/log" "$@"
    for ((tries = 0; tries < 100; ++tries)); do
      if [[ $(ask_redis PING) == PONG ]]; then
        export REDIS_URL=redis://127.0.0.1:$redis_port/0
        return
      fi
      sleep 0.05
    done
  done
  cat "$redis_folder/log"
  return 1
}

# ask_redis word...: what redis-cli prints.
ask_redis() {
  redis-cli -p "$redis_port" "$@" 2>/dev/null
}

# For a trap on EXIT, hence quiet and sure to end.
stop_redis() {
  [[ -n $redis_folder ]] || return 0
  stop_server TERM "$redis_folder/redis.pid"
  rm -rf "$redis_folder"
  redis_folder=
}

# shellcheck shell=bash
# Servers for tests and benchmarks: one PostgreSQL and, in front of it, one pgbouncer, both on free
# ports of the loopback, in a temporary folder, as a user that is not root. After lib/common.sh:
#
#   trap stop_servers EXIT
#   start_postgresql fsync=off  # exports PLINTH_TEST_POSTGRESQL, a superuser's url
#   start_pgbouncer             # exports PLINTH_TEST_PGBOUNCER, transaction mode
source scripts/lib/ports.sh

server_folder=

# PostgreSQL and pgbouncer refuse to run as root.
as_server_user() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# The newest that Debian has installed, or what is in PATH.
postgresql_programs() {
  local folder
  folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5n | tail -n 1)
  [[ -x $folder/initdb ]] || folder=$(dirname "$(command -v initdb || true)")
  [[ -x $folder/initdb ]] ||
    die "PostgreSQL's server is not installed; run scripts/bootstrap --test"
  echo "$folder"
}

make_cluster() {
  server_folder=$(mktemp -d "${TMPDIR:-/tmp}/plinth-servers.XXXXXX") || return
  echo plinth >"$server_folder/password"
  chmod -R a+rX "$server_folder"
  if ((EUID == 0)); then chown -R postgres "$server_folder" || return; fi
  as_server_user "$1/initdb" --pgdata="$server_folder/data" --username=plinth --no-sync \
    --pwfile="$server_folder/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
}

# start_postgresql [setting=value...]. In the server's settings a transaction is durable; a test
# server may say fsync=off.
start_postgresql() {
  local programs port options
  programs=$(postgresql_programs) || return
  make_cluster "$programs" || return
  options="-c listen_addresses=127.0.0.1 -c unix_socket_directories=$server_folder"
  options+=" -c max_connections=200 -c timezone=UTC ${*:+$(printf ' -c %s' "$@")}"
  for _ in 1 2 3 4 5; do # somebody may take the port before the server does
    port=$(free_port)
    if as_server_user "$programs/pg_ctl" start --pgdata="$server_folder/data" --wait \
      --log="$server_folder/postgresql.log" --options="$options -p $port"; then
      export PLINTH_TEST_POSTGRESQL=postgresql://plinth:plinth@127.0.0.1:$port/postgres
      return
    fi
  done
  cat "$server_folder/postgresql.log"
  return 1
}

# In transaction mode, as strict as its defaults are.
start_pgbouncer() {
  local port program server_port=${PLINTH_TEST_POSTGRESQL##*:}
  program=$(PATH=$PATH:/usr/sbin command -v pgbouncer) ||
    die "pgbouncer is not installed; run scripts/bootstrap --test"
  echo '"plinth" "plinth"' >"$server_folder/users.txt"
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    cat >"$server_folder/pgbouncer.ini" <<INI || return
[databases]
* = host=127.0.0.1 port=${server_port%/*}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $server_folder/users.txt
pool_mode = transaction
max_client_conn = 500
logfile = $server_folder/pgbouncer.log
pidfile = $server_folder/pgbouncer.pid
INI
    if as_server_user "$program" --daemon --quiet "$server_folder/pgbouncer.ini"; then
      export PLINTH_TEST_PGBOUNCER=postgresql://plinth:plinth@127.0.0.1:$port/postgres
      return
    fi
  done
  cat "$server_folder/pgbouncer.log"
  return 1
}

# By their own process ids; for a trap on EXIT, hence quiet and sure to end.
stop_servers() {
  [[ -n $server_folder ]] || return 0
  stop_server TERM "$server_folder/pgbouncer.pid"
  stop_server QUIT "$server_folder/data/postmaster.pid" # at once: nobody needs its data again
  rm -rf "$server_folder"
  server_folder=
}

# stop_server <signal> <file>: the file has the process id and goes with the process.
stop_server() {
  local pid tries
  [[ -s $2 ]] || return 0
  pid=$(head -n 1 "$2")
  kill -s "$1" "$pid" 2>/dev/null || return 0
  for ((tries = 0; tries < 200; ++tries)); do
    [[ -e $2 ]] || return 0
    sleep 0.05
  done
  kill -s KILL "$pid" 2>/dev/null || true
}

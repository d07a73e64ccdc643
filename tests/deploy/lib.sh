# shellcheck shell=bash
# What the tests of the deployment share: a podman of their own, whose images, containers and
# networks are in a temporary folder and go with it; images that stand for a registry's; waiting.
#
#   source "$(dirname "$0")/lib.sh"
#   need_containers        # or ends the test as skipped, with the reason
#   make_base_image
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$repository"
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin
source scripts/lib/ports.sh
readonly skipped=77 # CTest's SKIP_RETURN_CODE

say() { echo "$*" >&2; }

fail() {
  say "FAILED: $*"
  exit 1
}

# For what cannot run on this machine: the reason, and a status that CTest shows as "Skipped".
skip() {
  say "SKIPPED: $*"
  exit "$skipped"
}

# check "a sentence" command...
check() {
  local sentence=$1
  shift
  "$@" || fail "$sentence ($*)"
  say "ok: $sentence"
}

# wait_for <seconds> "what" command...: until it succeeds. Asks, never guesses how long.
wait_for() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || fail "$what did not come about"
    sleep 0.2
  done
}

need_commands() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || skip "$name is not installed; run scripts/bootstrap --test"
  done
}

# --- A podman of one's own ------------------------------------------------------------------------

# The tests of one clone share a folder, so that the image is built once; the last one removes it
# (tests/deploy/CMakeLists.txt). Its name is short, since sockets are in it.
number=$(cksum <<<"$repository" | cut -d ' ' -f 1)
container_folder=${PLINTH_CONTAINERS:-${TMPDIR:-/tmp}/plinth-$number}

use_own_podman() {
  local mask=$((RANDOM % 200))
  mkdir -p "$container_folder"/{storage,run,networks,volumes,tmp}
  if [[ ! -e $container_folder/containers.conf ]]; then
    write_containers_conf "$mask" >"$container_folder/containers.conf"
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' \
      "$container_folder/storage" "$container_folder/run" >"$container_folder/storage.conf"
    # Short names are the registry's that docker means; what is here already is not asked for.
    echo 'unqualified-search-registries = ["docker.io"]' >"$container_folder/registries.conf"
  fi
  export CONTAINERS_CONF=$container_folder/containers.conf
  export CONTAINERS_STORAGE_CONF=$container_folder/storage.conf
  export CONTAINERS_REGISTRIES_CONF=$container_folder/registries.conf
  export TMPDIR=$container_folder/tmp
}

# runc, and limits that a machine without CAP_SYS_RESOURCE can set too: soft and hard the same,
# since podman 4.3 swaps the two where it is asked through Docker's interface.
write_containers_conf() {
  cat <<CONF
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$container_folder/run/libpod"
volume_path = "$container_folder/volumes"
[network]
network_backend = "netavark"
network_config_dir = "$container_folder/networks"
default_subnet = "10.$((100 + $1 % 100)).0.0/16"
CONF
}

# Ends the test as skipped where this machine runs no containers.
need_containers() {
  local why
  ((EUID == 0)) || skip "containers are made as root here; this test runs as $(id -un)"
  need_commands podman runc mmdebstrap curl
  use_own_podman
  if ! why=$(unshare --mount --pid --net --fork true 2>&1); then
    skip "this machine has no namespaces: $why"
  fi
  if ! why=$(podman info 2>&1 >/dev/null); then
    skip "podman does not run here: $why"
  fi
}

# For tests of the image, which the first one has built.
need_image() {
  podman image exists localhost/app:test ||
    skip "localhost/app:test is missing; run tests/deploy/image"
}

# Containers, networks, mounts, files: everything that these tests have left.
remove_containers() {
  local process
  [[ -e $container_folder/containers.conf ]] || return 0
  use_own_podman
  podman rm --all --force --time 0 >/dev/null 2>&1 || true
  podman network prune --force >/dev/null 2>&1 || true
  podman volume prune --force >/dev/null 2>&1 || true
  unset TMPDIR
  # podman's monitors of health checks wait five minutes, and would make the folder again.
  for process in /proc/[0-9]*; do
    if [[ $(<"$process/comm") == conmon ]] && grep -qF "$container_folder/" "$process/cmdline"; then
      kill -KILL "${process#/proc/}" || true
    fi
  done 2>/dev/null
  awk -v folder="$container_folder" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r |
    while read -r mounted; do umount "$mounted" || true; done
  rm -rf "$container_folder"
}

# --- Images that stand for a registry's -----------------------------------------------------------

# Where this machine's own Debian comes from.
debian_sources() {
  # shellcheck disable=SC2016 # apt-get fills these in
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' | sort -u
}

# docker.io/library/debian:bookworm-slim from Debian's packages: no registry is asked.
make_base_image() {
  local sources name=docker.io/library/debian:bookworm-slim
  podman image exists "$name" && return
  sources=$(debian_sources)
  grep -q ' bookworm ' <<<"$sources" || skip "this machine has no package source of Debian 12"
  say "making $name from Debian's packages"
  mmdebstrap --quiet --variant=minbase \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    bookworm "$container_folder/base.tar" - <<<"$sources"
  podman import --quiet "$container_folder/base.tar" "$name" >/dev/null
  rm "$container_folder/base.tar"
}

# make_registry_image <target of registry/Dockerfile> <name>
make_registry_image() {
  podman image exists "$2" && return
  make_base_image
  say "making $2 from Debian's packages"
  local context=$container_folder/registry
  mkdir -p "$context"
  cp tests/deploy/registry/* plinth/tests/support/otlp_receiver.py "$context"
  podman build --quiet --target "$1" --tag "$2" "$context" >/dev/null || fail "$2 is not built"
}

image_size_bytes() { podman image inspect --format '{{.Size}}' "$1"; }

# shellcheck shell=bash
# What every script sources first: the repository's root as working folder, one line of progress a
# step, and how to configure and build a preset.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C.UTF-8
mkdir -p build/log

die() {
  echo "plinth: $*" >&2
  exit 1
}

# usage "$@": -h or --help among the arguments prints the script's opening comment.
usage() {
  local argument
  for argument in "$@"; do
    [[ $argument == -- ]] && return
    if [[ $argument == -h || $argument == --help ]]; then
      sed -n '2,/^[^#]/s/^# \?//p' "$0"
      exit 0
    fi
  done
}

# step "what happens" command...: one line and the seconds it took; when it fails, the end of its
# output and its status.
step() {
  local what=$1 log status=0 began=$SECONDS ticker erase=
  shift
  log="build/log/${what//[^[:alnum:]]/-}.log"
  [[ -t 2 ]] && erase=$'\r\e[K'
  : >"$log"
  show_progress "$what" "$log" $$ &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if ((status == 0)); then
    printf '%s%-44s %4d s\n' "$erase" "$what" $((SECONDS - began)) >&2
  else
    printf '%s%-44s failed\n' "$erase" "$what" >&2
    what_went_wrong "$log" >&2
  fi
  return "$status"
}

# Every second on a terminal, every half minute in a log, until the parent is done or gone.
show_progress() {
  local what=$1 log=$2 parent=$3 seconds=0 done_of
  while [[ -t 2 ]] || sleep 1 >/dev/null 2>&1; do
    done_of=$(tail -c 400 "$log" | tr '\r' '\n' | grep -oE '^\[[0-9]+/[0-9]+\]' | tail -n 1 || true)
    if [[ -t 2 ]]; then
      printf '\r\e[K%-44s %4d s %s' "$what" "$seconds" "$done_of" >&2
      sleep 1 >/dev/null 2>&1
    elif ((seconds % 30 == 29)); then
      echo "$what: $((seconds + 1)) s $done_of" >&2
    fi
    seconds=$((seconds + 1))
    kill -0 "$parent" 2>/dev/null || return
  done
}

# A compiler's first error says more than the last line of the log.
what_went_wrong() {
  local log=$1
  if grep -q '^FAILED: ' "$log"; then
    awk '/^FAILED: / {on = 1; next} /^\[[0-9]+\/[0-9]+\]/ {on = 0} on' "$log" |
      grep -v -E '^(/usr/bin/ccache|: &&|/usr/bin/(cmake|clang|c\+\+|g\+\+))' | head -n 60
  else
    tail -n 60 "$log"
  fi
  echo "(all of it: $log)"
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# The compiler for CMake: $CXX, or the first that is new enough (plinth/cmake/plinthCompiler.cmake).
compiler() {
  local candidate version oldest
  for candidate in ${CXX:+"$CXX"} g++ g++-15 g++-14 clang++ clang++-20 clang++-19; do
    version=$("$candidate" -dumpversion 2>/dev/null) || continue
    oldest=14
    [[ $candidate == *clang* ]] && oldest=19
    if [[ $candidate == "${CXX:-}" ]] || ((${version%%.*} >= oldest)); then
      echo "$candidate"
      return
    fi
  done
  die "no compiler is new enough; install clang 19 or g++ 14 (scripts/bootstrap does on Debian)"
}

# configure <preset>: unless it is configured already, here and with the same assets.
configure() {
  local cache=build/$1/CMakeCache.txt assets=OFF cxx
  [[ -e node_modules/swagger-ui-dist && -e node_modules/redoc ]] && assets=ON
  if [[ -e build/$1/build.ninja ]] && grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache" &&
    grep -qxE "PLINTH_DOCS_ASSETS:(BOOL|UNINITIALIZED)=$assets" "$cache"; then
    return
  fi
  cxx=$(compiler)
  step "configure $1 ($cxx)" cmake --fresh --preset "$1" -DCMAKE_CXX_COMPILER="$cxx" \
    -DPLINTH_DOCS_ASSETS=$assets
}

# build <preset> [target...]
build() {
  local preset=$1
  shift
  configure "$preset" || return
  step "build $preset${1:+ ($*)}" ninja -C "build/$preset" -j "$(nproc)" "$@"
}

# The C++ files of the repository: known to git, or new and not ignored.
cxx_files() {
  files_of_git '*.cpp' '*.hpp'
}

# The shell scripts: those that open with a line for bash or sh.
shell_files() {
  files_of_git . |
    xargs -0 -r grep -lZE -m 1 '^#!.*\b(ba)?sh$|^# shellcheck shell=' | cat
}

# Separated by NUL. The clone may belong to another user, as in a container.
files_of_git() {
  local file
  git -c safe.directory='*' ls-files -z --cached --others --exclude-standard -- "$@" |
    while IFS= read -r -d '' file; do
      if [[ -f $file ]]; then printf '%s\0' "$file"; fi
    done
}

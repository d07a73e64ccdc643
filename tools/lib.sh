# shellcheck shell=bash
# What every check sources: the repository's root, lists of its files, and the verdict.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8
GIT=(git -c safe.directory='*') # the clone may belong to another user, as in a container
"${GIT[@]}" rev-parse --git-dir >/dev/null

# files_in <folder or file>... [-- <suffix>...]: what git knows or would add, one a line.
files_in() {
  local folders=() suffixes file
  while (($# > 0)) && [[ $1 != -- ]]; do
    folders+=("$1")
    shift
  done
  suffixes=("${@:2}")
  ((${#suffixes[@]} > 0)) || suffixes=('')
  while IFS= read -r -d '' file; do
    for suffix in "${suffixes[@]}"; do
      if [[ $file == *"$suffix" && -f $file ]]; then
        printf '%s\n' "$file"
        break
      fi
    done
  done < <("${GIT[@]}" ls-files -z --cached --others --exclude-standard -- "${folders[@]}")
}

failed=0
trap 'exit $(($? | failed))' EXIT

# report command...: shows what the command found, one "file:line: what; how to mend it" a line, and
# lets the check fail in the end. A line that opens with "note: " does not count.
report() {
  local found
  found=$("$@")
  [[ -z $found ]] || printf '%s\n' "$found" >&2
  # shellcheck disable=SC2034 # the trap above reads it
  ! grep -qv '^note: ' <<<"${found:-note: }" || failed=1
}

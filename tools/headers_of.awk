# For each line of standard input, files of ours: prints them, two dashes, and all our headers that
# they include, directly or not.

BEGIN {
  root_count = split(". plinth/include plinth/src tests tests/tour plinth/tests", roots, " ")
}

{
  split("", seen)
  line = ""
  for (part = 1; part <= NF; part++) gather($part)
  print $0 " --" line
}

function gather(path,   list, count, i) {
  seen[path] = 1
  if (!(path in includes)) includes[path] = included_by(path)
  count = split(includes[path], list, " ")
  for (i = 1; i <= count; i++) {
    if (list[i] in seen) continue
    line = line " " list[i]
    gather(list[i])
  }
}

function included_by(path,   text, parts, i, found) {
  while ((getline text < path) > 0) {
    if (text !~ /^#include ["<][^">]+\.hpp[">]/) continue
    split(text, parts, /["<>]/)
    for (i = 1; i <= root_count; i++) {
      if (exists(roots[i] "/" parts[2])) {
        found = found " " roots[i] "/" parts[2]
        break
      }
    }
  }
  close(path)
  return found
}

function exists(path,   text) {
  if (!(path in known)) known[path] = (getline text < path) >= 0
  close(path)
  return known[path]
}

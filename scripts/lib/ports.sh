# shellcheck shell=bash
# Ports of the loopback for servers that tests and benchmarks start.

# Below the ports that the kernel gives to clients.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

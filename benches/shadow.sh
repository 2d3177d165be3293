#!/usr/bin/env bash
# What a shadow costs the program that it shadows, with one command:
#
#   benches/shadow.sh
#
# DynamoDB Local is put under the load of load.sh three ways, in turn: asked directly (`direct`), through the proxy
# (`proxy`: record --mode live), and through the proxy while the emulator shadows it (`shadow`). What shadowing costs
# is the difference between the last two. At the end the shadow says what it compared.
#
# DYNATAPE names a program that is built already. Needs cargo, wrk, curl and what tests/clients/upstreams.sh needs for
# DynamoDB Local. ROUNDS and DURATION as in load.sh; OPERATIONS may be GetItem and PutItem, as `direct` and `proxy`
# write what the shadow does not see.
set -euo pipefail
export OPERATIONS=${OPERATIONS:-GetItem PutItem} DURATION=${DURATION:-3}

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
scratch=$(mktemp -d)
pids=()
export PIDS=
stop() {
  if [ ${#pids[@]} != 0 ]; then
    kill "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap stop EXIT

if [ -z "${DYNATAPE-}" ]; then
  cargo build --release --bin dynatape
  DYNATAPE=${CARGO_TARGET_DIR:-target}/release/dynatape
fi
upstreams=tests/clients/upstreams.sh
"$upstreams" install dynamodb-local
unset CI "${!DYNATAPE_@}"

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
"$upstreams" start dynamodb-local "$port" >"$scratch/local.out" 2>&1 &
pids+=($!)
direct=http://127.0.0.1:$port
"$upstreams" wait "$direct"

# start NAME ARGUMENTS...: runs dynatape and puts its address into `url`.
start() {
  local name=$1 _
  shift
  : >"$scratch/$name.out"
  "$DYNATAPE" "$@" --port 0 >"$scratch/$name.out" 2>"$scratch/$name.err" &
  pids+=($!)
  PIDS+=" $name=$!"
  for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$scratch/$name.out")
    [ -z "$url" ] || return 0
    sleep 0.1
  done
  echo "$name does not start:" >&2
  cat "$scratch/$name.err" >&2
  exit 1
}

start shadow shadow --primary "$direct" --candidate emulator
shadow=$url
shadow_pid=${pids[-1]}
start proxy record "$scratch/none.tape" --mode live --upstream "$direct"
proxy=$url

"$DYNATAPE" --version
echo "dynamodb-local $("$upstreams" version dynamodb-local)"
# The shadow first: the candidate has the tables that were made through it.
REFERENCES=proxy "$here/load.sh" "shadow=$shadow" "proxy=$proxy" "direct=$direct"

grep '^Vm\(HWM\|RSS\)' "/proc/$shadow_pid/status" || true
kill -INT "$shadow_pid"
wait "$shadow_pid" || true
cat "$scratch/shadow.err"
sed 1d "$scratch/shadow.out"

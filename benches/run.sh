#!/usr/bin/env bash
# The whole load measurement, with one command:
#
#   benches/run.sh [NAME=URL...]
#
# Builds, starts what is measured on free ports of 127.0.0.1, puts each under the load of load.sh in turn, prints
# the table and stops everything again. More endpoints can be named; they must be running already. Measured are:
#
#   bare    a hyper server with a constant answer, as long as the GetItem answer: what HTTP costs here
#   serve   the emulator
#   replay  a tape of one CreateTable, GetItem and PutItem
#   record  the recording proxy; its upstream is `bare`, so each request crosses loopback twice
#
# Needs cargo, wrk and curl. ROUNDS and DURATION as in load.sh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
scratch=$(mktemp -d)
pids=()
# What load.sh reads processor times by.
export PIDS=
stop() {
  if [ ${#pids[@]} != 0 ]; then
    kill "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap stop EXIT

# start NAME COMMAND...: runs a server and puts its address into `url`.
start() {
  local name=$1 _
  shift
  # It is looked at before the server may have opened it.
  : >"$scratch/$name.out"
  "$@" >"$scratch/$name.out" 2>"$scratch/$name.err" &
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

cargo build --release --bin dynatape --example bare
built=${CARGO_TARGET_DIR:-target}/release
# Neither settings of the user nor of a continuous integration shall have a part in it.
unset CI "${!DYNATAPE_@}"

start serve "$built/dynatape" serve --port 0
serve=$url
tape=$scratch/bench.tape
"$built/dynatape" record "$tape" --upstream "$serve" -- "$here/load.sh" prepare 2>/dev/null
# A write is replayed as often as it was recorded: say that it was recorded very often.
sed -i 's/^  "id": "PutItem.*/&\n  "times": 4000000000,/' "$tape"

start bare "$built/examples/bare" --bytes "$("$here/load.sh" length "$serve")"
bare=$url
start replay "$built/dynatape" replay "$tape" --port 0
replay=$url
start record "$built/dynatape" record "$scratch/record.tape" --upstream "$bare" --port 0
record=$url

"$here/load.sh" "bare=$bare" "serve=$serve" "replay=$replay" "record=$record" "$@"

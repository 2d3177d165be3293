#!/usr/bin/env bash
# The whole load measurement, with one command:
#
#   benches/run.sh [peers] [NAME=URL...]
#
# Builds, starts what is measured on free ports of 127.0.0.1, puts each under the load of load.sh in turn, prints
# the tables and stops everything again. More endpoints can be named; they must be running already. Measured are:
#
#   bare    a hyper server with a constant answer, as long as the GetItem answer: what HTTP costs here
#   serve   the emulator
#   replay  a tape of one CreateTable, GetItem and PutItem
#   forward a proxy that passes on to `bare` what it is asked, and nothing else: what record is to be compared with
#   record  the recording proxy; its upstream is `bare`, so each request crosses loopback twice
#   record-emulator
#           the recording proxy in front of the emulator, which is in the same process
#
# and with the word `peers` dynoxide, DynamoDB Local, dynalite and moto, which are installed first
# (tests/clients/upstreams.sh, which says what it needs), all with their data in memory.
#
# Needs cargo, wrk and curl. ROUNDS, DURATION and OPERATIONS as in load.sh; DURATION is 2 seconds here.
set -euo pipefail
export DURATION=${DURATION:-2}

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

upstreams=tests/clients/upstreams.sh
peers=()
if [ "${1-}" = peers ]; then
  shift
  peers=(dynoxide dynamodb-local dynalite moto)
  "$upstreams" install "${peers[@]}"
fi

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
sed -i '/"id": "GetItem/,$ s/^  "id": "PutItem.*/&\n  "times": 4000000000,/' "$tape"

start bare "$built/examples/bare" --bytes "$("$here/load.sh" length "$serve")"
bare=$url
start replay "$built/dynatape" replay "$tape" --port 0
replay=$url
start forward "$built/examples/bare" --upstream "$bare"
forward=$url
start record "$built/dynatape" record "$scratch/record.tape" --upstream "$bare" --port 0
record=$url
start record-emulator "$built/dynatape" record "$scratch/emulator.tape" --upstream emulator --port 0
record_emulator=$url

endpoints=("bare=$bare" "serve=$serve" "replay=$replay" "forward=$forward" "record=$record"
  "record-emulator=$record_emulator")

"$built/dynatape" --version
for peer in ${peers[@]+"${peers[@]}"}; do
  port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
  "$upstreams" start "$peer" "$port" >"$scratch/$peer.out" 2>&1 &
  pids+=($!)
  PIDS+=" $peer=$!"
  "$upstreams" wait "http://127.0.0.1:$port"
  endpoints+=("$peer=http://127.0.0.1:$port")
  echo "$peer $("$upstreams" version "$peer")"
done
export REFERENCES="bare${peers:+ dynoxide}"

"$here/load.sh" "${endpoints[@]}" "$@"

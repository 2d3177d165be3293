#!/usr/bin/env bash
# Records the tapes of this folder again: the client programs of tests/clients against emulators
# that are not ours. Needs what tests/clients/upstreams.sh installs, and a release build.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${DYNATAPE:=target/release/dynatape}" "${PEERS:=target/peers}"
PEERS=$(cd "$PEERS" && pwd)
export PATH="$PEERS/venv/bin:$PATH" NODE_NO_WARNINGS=1

# name of the upstream, what to call it in the header, tape, program...
record() {
  local upstream=$1 label=$2 tape=$3 port server
  shift 3
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  tests/clients/upstreams.sh start "$upstream" "$port" >/dev/null 2>&1 &
  server=$!
  trap 'kill $server 2>/dev/null' EXIT
  tests/clients/upstreams.sh wait "http://127.0.0.1:$port"
  "$DYNATAPE" record "cassettes/$tape" --upstream "http://127.0.0.1:$port" --label "$label" -- "$@" >/dev/null
  kill "$server"
  wait "$server" 2>/dev/null || true
  trap - EXIT
}

record dynamodb-local 'DynamoDB Local 3.3.1' dynamodb-local/orders-python.tape python3 tests/clients/python/program.py
record dynamodb-local 'DynamoDB Local 3.3.1' dynamodb-local/orders-js.tape node tests/clients/js/program.mjs
record dynamodb-local 'DynamoDB Local 3.3.1' dynamodb-local/orders-cli.tape tests/clients/cli/program.sh
record dynalite 'dynalite 4.0.0' dynalite/orders-python.tape python3 tests/clients/python/program.py --basic
record moto 'moto 5.2.5' moto/orders-python.tape python3 tests/clients/python/program.py --basic

#!/usr/bin/env bash
# A replay needs no network, and looks for none: a real client (boto3) replays a committed tape in
# a network namespace that has a loopback and nothing else, while strace watches dynatape.
#
#   tests/clients/upstreams.sh install clients
#   tests/clients/offline.sh
#
# Prints what it saw. Where namespaces are not permitted it is skipped; with
# DYNATAPE_TRUTH_REQUIRED=1 that is a failure. Environment: DYNATAPE (default
# target/release/dynatape), PEERS as in upstreams.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${DYNATAPE:=target/release/dynatape}" "${PEERS:=target/peers}"

if [ "${1-}" != inside ]; then
  if ! unshare -rn true 2>/dev/null; then
    echo 'offline: skipped, network namespaces are not permitted here'
    [ -z "${DYNATAPE_TRUTH_REQUIRED-}" ] || exit 1
    exit 0
  fi
  exec unshare -rn "$0" inside
fi

ip link set lo up
work=$(mktemp -d)
trap 'kill "$(cat "$work/pid" 2>/dev/null)" 2>/dev/null || true; rm -r "$work"' EXIT
fail() { echo "offline: $1"; cat "$work/errors"; exit 1; }

# Without a command: strace then sees the threads of dynatape and nobody else's.
strace -f -qq -e trace=network -o "$work/trace" sh -c 'echo $$ >"$0/pid"; exec "$@"' "$work" \
  "$DYNATAPE" replay cassettes/dynamodb-local/orders-python.tape --strict --port 0 \
  >"$work/said" 2>"$work/errors" &
traced=$!
for _ in $(seq 200); do
  grep -q '^listening on ' "$work/said" && break
  sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$work/said")
[ -n "$url" ] || fail 'dynatape does not listen'

AWS_ENDPOINT_URL_DYNAMODB=$url AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
  AWS_DEFAULT_REGION=us-east-1 NO_PROXY=127.0.0.1 PATH="$PEERS/venv/bin:$PATH" \
  python3 tests/clients/python/program.py >"$work/output" || fail 'the program failed'
kill "$(cat "$work/pid")"
# Its exit code: 0 is a replay without a miss, in which all was asked for.
wait "$traced" || fail 'the replay complains'

count() { grep -cE "$1" "$work/trace" || true; }
accepted=$(count 'accept4?\(.*sin_addr')
bound=$(count 'bind\(')
left=$(count 'connect\(|send(to|msg|mmsg)\(.*sa_family')
echo "offline: $(wc -l <"$work/output") lines of output; dynatape bound $bound sockets," \
  "accepted $accepted connections, turned to others $left times"
[ "$bound" -eq 1 ] && [ "$accepted" -ge 1 ] && [ "$left" -eq 0 ] ||
  fail "$(grep -E 'bind\(|connect\(|send.*sa_family' "$work/trace")"

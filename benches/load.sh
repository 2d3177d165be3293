#!/usr/bin/env bash
# Requests per second and latency of several endpoints under the same load, taken in turn. (run.sh starts dynatape's
# own and measures them with this.)
#
#   load.sh NAME=URL...    each operation on each endpoint
#   load.sh prepare [URL]  only makes the table and the item for GetItem, and asks each once (URL or
#                          AWS_ENDPOINT_URL_DYNAMODB)
#   load.sh length URL     how many bytes the answer to the GetItem has
#
#   GetItem, PutItem  one small item
#   UpdateItem        counts up in 32 items in turn
#   Query             the 50 orders of a customer, of a table with 1,000
#   Scan              all 1,000, with a filter that lets 100 through
#
# A tape to replay holds exactly what `prepare` asks:
#
#   dynatape record bench.tape --upstream URL -- benches/load.sh prepare
#   dynatape replay bench.tape --port 8001
#   benches/load.sh bare=http://127.0.0.1:8003 serve=http://127.0.0.1:8000 replay=http://127.0.0.1:8001
#
# An endpoint whose name begins with `replay`, `forward` or `record` is asked GetItem and PutItem only; a replay serves a
# repeated read again, but may refuse a repeated write, and then PutItem is left out, too. Needs wrk and curl.
# ROUNDS (5) and DURATION (3 seconds) say how long, OPERATIONS which, REFERENCES (the first endpoint) to which endpoints
# there are ratios. PIDS="NAME=PID ..." of servers on this Linux adds the processor time that each takes for a request,
# which does not depend on what else the machine does.
set -euo pipefail

ROUNDS=${ROUNDS:-5}
DURATION=${DURATION:-3}
OPERATIONS=${OPERATIONS:-GetItem PutItem UpdateItem Query Scan}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=benches/requests.sh
. "$here/requests.sh"

# ask URL OPERATION BODY [FIGURE [FILE]]: the status of one request, or another of curl's figures. The answer goes to FILE.
ask() {
  curl --silent --noproxy '*' --output "${5:-/dev/null}" --write-out "%{${4:-http_code}}" --data "$3" "$1" \
    --header 'Content-Type: application/x-amz-json-1.0' --header "X-Amz-Target: DynamoDB_20120810.$2" \
    --header 'X-Amz-Date: 20260101T000000Z' \
    --header "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, \
SignedHeaders=host;x-amz-date;x-amz-target, Signature=$(printf '0%.0s' {1..64})" || true
}

# until_200 as ask: a new table may be CREATING for a moment.
until_200() {
  local _
  for _ in $(seq 50); do
    [ "$(ask "$@")" != 200 ] || return 0
    sleep 0.2
  done
  echo "$1 does not answer $2" >&2
  exit 1
}

# The tables may be there from an earlier run.
prepare() {
  ask "$1" CreateTable "$CREATE_BENCH" >/dev/null
  until_200 "$1" PutItem "$PUT_WHAT_IS_READ"
  until_200 "$1" GetItem "$GetItem"
  until_200 "$1" PutItem "$PutItem"
}

prepare_counters() {
  local counter
  for counter in "${COUNTERS[@]}"; do
    until_200 "$1" PutItem '{"TableName":"bench","Item":'"$(item "$counter")"'}'
  done
}

prepare_orders() {
  local first
  [ "$1" != "${ordered-}" ] || return 0
  ordered=$1
  ask "$1" CreateTable "$CREATE_ORDERS" >/dev/null
  for first in $(seq 0 25 $((ORDERS - 1))); do
    until_200 "$1" BatchWriteItem "$(orders_from "$first")"
  done
}

# counts NAME URL OPERATION COUNT: a fast answer without the items would win. The reference server has none.
counts() {
  local answer=$scratch/answer
  [ "$1" != bare ] || return 0
  until_200 "$2" "$3" "${!3}" http_code "$answer"
  grep -Eq '"Count": ?'"$4"'[,}]' "$answer" && return
  echo "$1 does not find $4 items with $3: $(head -c 300 "$answer")" >&2
  exit 1
}

# busy NAME: the processor time of a server so far, in clock ticks.
busy() {
  local pair
  for pair in ${PIDS-}; do
    [ "${pair%%=*}" != "$1" ] || awk '{ print $14 + $15 }' "/proc/${pair#*=}/stat"
  done
}

# settle NAME: a server may go on with what nobody waits for any more, at the cost of the one measured next.
settle() {
  local before after _
  after=$(busy "$1")
  [ -n "$after" ] || return 0
  for _ in $(seq 100); do
    before=$after
    sleep 0.1
    after=$(busy "$1")
    [ $((after - before)) -gt 2 ] || return 0
  done
}

# load SECONDS URL OPERATION: what load.lua prints.
load() {
  local bodies connections=32
  case $3 in
    UpdateItem) bodies=("${UPDATES[@]}") ;;
    # Fewer, or the slowest would not answer anybody in the time.
    Query) bodies=("${!3}") connections=8 ;;
    Scan) bodies=("${!3}") connections=4 ;;
    *) bodies=("${!3}") ;;
  esac
  wrk -t1 -c"$connections" -d"$1s" --timeout 30s -s "$here/load.lua" "$2" -- "$3" "${bodies[@]}" | sed -n 's/^load //p'
}

# measure SECONDS NAME URL OPERATION: a line in $results: operation, name, req/s, p50, p99, refused, microseconds of
# processor time a request.
measure() {
  local line before after
  before=$(busy "$2")
  line=$(load "$1" "$3" "$4")
  if [[ "$line" != [1-9]* ]]; then
    echo "$2 stopped answering $4" >&2
    exit 1
  fi
  after=$(busy "$2")
  settle "$2"
  echo "$4 $2 $line" "$before" "$after" "$1" | awk -v hertz="$(getconf CLK_TCK)" \
    '{ print $1, $2, $3, $4, $5, $6, NF == 9 && $3 ? ($8 - $7) / hertz * 1e6 / ($3 * $9) : 0 }' >>"$results"
}

median() {
  sort -n | awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'
}

# column OPERATION NAME NUMBER: the median of one column of $results.
column() {
  awk -v operation="$1" -v name="$2" -v number="$3" '$1 == operation && $2 == name { print $number }' "$results" | median
}

report() {
  local operation name reference rate ratios
  for operation in $OPERATIONS; do
    grep -q "^$operation " "$results" || continue
    printf '\n%-15s %10s %10s %10s' "$operation" req/s 'p50 ms' 'p99 ms'
    for reference in $REFERENCES; do printf ' %16s' "to $reference"; done
    printf ' %10s\n' 'cpu us'
    for name in "${names[@]}"; do
      grep -q "^$operation $name " "$results" || continue
      rate=$(column "$operation" "$name" 3)
      ratios=
      for reference in $REFERENCES; do
        ratios+=" $(column "$operation" "$reference" 3)"
      done
      awk -v name="$name" -v rate="$rate" -v p50="$(column "$operation" "$name" 4)" \
        -v p99="$(column "$operation" "$name" 5)" -v ratios="$ratios" -v cpu="$(column "$operation" "$name" 7)" \
        'BEGIN {
          printf "%-15s %10.0f %10.3f %10.3f", name, rate, p50 / 1000, p99 / 1000
          count = split(ratios, to, " ")
          for (i = 1; i <= count; i++) printf " %16s", (to[i] > 0 ? sprintf("%.3f", rate / to[i]) : "-")
          printf " %10s\n", (cpu > 0 ? sprintf("%.1f", cpu) : "-")
        }'
    done
  done
  cat <<'TEXT'

Medians over the rounds. to NAME: req/s as a ratio to that endpoint. cpu: processor time of the server alone, a request.
`bare` gives the same short answer to everything, also to Query and Scan: there it says what HTTP costs, not what 15 or
31 KB of items would. Known limits: the load generator shares the cores with the servers, and a recording endpoint also
with its upstream, so ratios mean more than rates; what wrk itself takes for a request brings all ratios nearer to 1,
and is not in cpu. 32 connections on loopback, 8 for Query, 4 for Scan. wrk waits for each answer before it asks again, so
p99 leaves out what would have queued.
TEXT
}

if [ "${1-}" = prepare ]; then
  prepare "${2:-$AWS_ENDPOINT_URL_DYNAMODB}"
  exit
fi
if [ "${1-}" = length ]; then
  ask "$2" GetItem "$GetItem" size_download
  exit
fi
if [[ "${1-}" != *=* ]]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
results=$scratch/results
names=()
loads=()
for endpoint; do
  name=${endpoint%%=*} url=${endpoint#*=}
  names+=("$name")
  prepare "$url"
  for operation in $OPERATIONS; do
    case $operation,$name in
      PutItem,replay*)
        if [ "$(ask "$url" PutItem "$PutItem")" != 200 ]; then
          echo "$name refuses a repeated PutItem: only GetItem is measured"
          continue
        fi ;;
      GetItem,* | PutItem,*) ;;
      *,replay* | *,forward* | *,record*) continue ;;
      UpdateItem,*) prepare_counters "$url" ;;
      Query,*)
        prepare_orders "$url"
        counts "$name" "$url" Query "$A_CUSTOMER" ;;
      Scan,*)
        prepare_orders "$url"
        counts "$name" "$url" Scan "$RETURNED" ;;
    esac
    loads+=("$name $url $operation")
  done
done
REFERENCES=${REFERENCES:-${names[0]}}

# Not counted: it warms up what compiles or caches.
for pair in "${loads[@]}"; do
  read -r name url operation <<<"$pair"
  load 1 "$url" "$operation" >/dev/null
  settle "$name"
done
for _ in $(seq "$ROUNDS"); do
  for pair in "${loads[@]}"; do
    read -r name url operation <<<"$pair"
    measure "$DURATION" "$name" "$url" "$operation"
  done
done
report

refused=$(awk '{ sum += $6 } END { print sum + 0 }' "$results")
echo "$(wc -l <"$results") runs, $refused answers other than 200"
[ "$refused" = 0 ]

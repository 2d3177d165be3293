#!/usr/bin/env bash
# Requests per second and latency of several endpoints under the same load, taken in turn. (run.sh starts dynatape's
# own and measures them with this.)
#
#   load.sh NAME=URL...    GetItem and PutItem on each; ratios are to the first one named
#   load.sh prepare [URL]  only makes the table and one request of each kind (URL or AWS_ENDPOINT_URL_DYNAMODB)
#   load.sh length URL     how many bytes the answer to the GetItem has
#
# A tape to replay holds exactly what `prepare` asks:
#
#   dynatape record bench.tape --upstream URL -- benches/load.sh prepare
#   dynatape replay bench.tape --port 8001
#   benches/load.sh bare=http://127.0.0.1:8003 serve=http://127.0.0.1:8000 replay=http://127.0.0.1:8001
#
# A replay serves a repeated read again, but may refuse a repeated write: on an endpoint whose name begins
# with `replay`, PutItem is left out when its second try is refused. Needs wrk and curl.
# ROUNDS (5) and DURATION (3 seconds) say how long. PIDS="NAME=PID ..." of servers on this Linux adds the processor
# time that each takes for a request, which does not depend on what else the machine does.
set -euo pipefail

ROUNDS=${ROUNDS:-5}
DURATION=${DURATION:-3}
here=$(cd "$(dirname "$0")" && pwd)

CREATE_TABLE='{"TableName":"bench","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}'
PUT_ITEM='{"TableName":"bench","Item":{"pk":{"S":"customer#1"},"name":{"S":"Ada Lovelace"},"visits":{"N":"42"},"tags":{"SS":["a","b"]},"address":{"M":{"city":{"S":"London"},"zip":{"S":"W1"}}}}}'
GET_ITEM='{"TableName":"bench","Key":{"pk":{"S":"customer#1"}}}'

# ask URL OPERATION BODY [FIGURE]: the status of one request, or another of curl's figures.
ask() {
  curl --silent --noproxy '*' --output /dev/null --write-out "%{${4:-http_code}}" --data "$3" "$1" \
    --header 'Content-Type: application/x-amz-json-1.0' --header "X-Amz-Target: DynamoDB_20120810.$2" \
    --header 'X-Amz-Date: 20260101T000000Z' \
    --header "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, \
SignedHeaders=host;x-amz-date;x-amz-target, Signature=$(printf '0%.0s' {1..64})" || true
}

# The table may be there from an earlier run, and CREATING for a moment.
prepare() {
  local _
  ask "$1" CreateTable "$CREATE_TABLE" >/dev/null
  for _ in $(seq 50); do
    if [ "$(ask "$1" PutItem "$PUT_ITEM")" = 200 ] && [ "$(ask "$1" GetItem "$GET_ITEM")" = 200 ]; then
      return
    fi
    sleep 0.2
  done
  echo "$1 does not answer PutItem and GetItem" >&2
  exit 1
}

# busy NAME: the processor time of a server so far, in clock ticks.
busy() {
  local pair
  for pair in ${PIDS-}; do
    [ "${pair%%=*}" != "$1" ] || awk '{ print $14 + $15 }' "/proc/${pair#*=}/stat"
  done
}

# measure SECONDS NAME URL OPERATION: a line in $results: operation, name, req/s, p50, p99, refused, microseconds of
# processor time a request.
measure() {
  local body=$GET_ITEM line before after
  [ "$4" = PutItem ] && body=$PUT_ITEM
  before=$(busy "$2")
  if ! line=$(wrk -t1 -c32 -d"$1s" -s "$here/load.lua" "$3" -- "$4" "$body" | grep '^load '); then
    echo "$2 stopped answering" >&2
    exit 1
  fi
  after=$(busy "$2")
  echo "$4 $2 ${line#load }" "$before" "$after" "$1" | awk -v hertz="$(getconf CLK_TCK)" \
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
  local operation name first rate
  for operation in GetItem PutItem; do
    grep -q "^$operation " "$results" || continue
    first=
    printf '\n%-8s %12s %10s %10s %8s %8s\n' "$operation" req/s 'p50 ms' 'p99 ms' ratio 'cpu us'
    for name in "${names[@]}"; do
      grep -q "^$operation $name " "$results" || continue
      rate=$(column "$operation" "$name" 3)
      first=${first:-$rate}
      awk -v name="$name" -v rate="$rate" -v p50="$(column "$operation" "$name" 4)" \
        -v p99="$(column "$operation" "$name" 5)" -v first="$first" \
        -v cpu="$(column "$operation" "$name" 7)" \
        'BEGIN { printf "%-8s %12.0f %10.3f %10.3f %8.2f %8s\n", name, rate, p50 / 1000, p99 / 1000, rate / first,
          (cpu > 0 ? sprintf("%.1f", cpu) : "-") }'
    done
  done
  cat <<'TEXT'

Medians over the rounds. ratio: req/s to the first endpoint. cpu: processor time of the server alone, a request.
Known limits: the load generator shares the cores with the servers, and a recording endpoint also with its
upstream, so ratios mean more than rates; what wrk itself takes for a request brings all ratios nearer to 1, and
is not in cpu. One item, one key, one small body, 32 connections on loopback. wrk waits for each answer before it
asks again, so p99 leaves out what would have queued.
TEXT
}

if [ "${1-}" = prepare ]; then
  prepare "${2:-$AWS_ENDPOINT_URL_DYNAMODB}"
  exit
fi
if [ "${1-}" = length ]; then
  ask "$2" GetItem "$GET_ITEM" size_download
  exit
fi
if [[ "${1-}" != *=* ]]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 1
fi

results=$(mktemp)
trap 'rm -f "$results"' EXIT
names=()
loads=()
for endpoint; do
  name=${endpoint%%=*} url=${endpoint#*=}
  names+=("$name")
  prepare "$url"
  loads+=("$name $url GetItem")
  if [[ $name != replay* ]] || [ "$(ask "$url" PutItem "$PUT_ITEM")" = 200 ]; then
    loads+=("$name $url PutItem")
  else
    echo "$name refuses a repeated PutItem: only GetItem is measured"
  fi
done

# The first, short round warms up what compiles or caches; it is not counted.
for round in $(seq 0 "$ROUNDS"); do
  for load in "${loads[@]}"; do
    # shellcheck disable=SC2086 # three words
    measure "$([ "$round" = 0 ] && echo 1 || echo "$DURATION")" $load
  done
  [ "$round" != 0 ] || : >"$results"
done
report

refused=$(awk '{ sum += $6 } END { print sum + 0 }' "$results")
echo "$(wc -l <"$results") runs, $refused answers other than 200"
[ "$refused" = 0 ]

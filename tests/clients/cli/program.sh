#!/usr/bin/env bash
# A small order book on DynamoDB through the aws command.
#
# Prints one line per call, and only what every correct server answers alike, so that two outputs
# can be compared as text. The aws command itself reads AWS_ENDPOINT_URL_DYNAMODB; nothing else
# chooses whom this talks to. Needs aws (v1) and python3.
#
# --basic leaves out what dynalite or moto cannot do.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
: "${AWS_ENDPOINT_URL_DYNAMODB:?without it this would change a real account}"
# One attempt per call: a retry would hide a wrong answer behind a right one. Of the retry modes only
# legacy, the default, looks at x-amz-crc32.
export AWS_RETRY_MODE=legacy AWS_MAX_ATTEMPTS=1
export AWS_PAGER=

# The command has no hook for raw answers, but its debug log shows them before they are parsed.
db() {
  if [ -z "${TRACE_BODIES-}" ]; then
    aws dynamodb --output json "$@"
    return
  fi
  local log status=0
  log=$(mktemp)
  aws --debug dynamodb --output json "$@" 2>"$log" || status=$?
  python3 "$here/trace_bodies.py" "$log" >>"$TRACE_BODIES"
  sed '1,/Exiting with rc/d' "$log" >&2
  rm -f "$log"
  return $status
}

# say LABEL ARGUMENTS...: one call and its answer on one line, names sorted. The aws command prints {} as nothing.
say() {
  local label=$1 answer
  shift
  answer=$(db "$@")
  echo "$label: $(python3 -m json.tool --sort-keys --compact <<<"${answer:-"{}"}")"
}

# refused LABEL ARGUMENTS...: the error code of a call that has to fail.
refused() {
  local label=$1 error
  shift
  if error=$(db "$@" 2>&1 >/dev/null); then
    echo "$label: was not refused"
  else
    echo "$label: $(sed -n 's/.*An error occurred (\([A-Za-z]*\)).*/\1/p' <<<"$error")"
  fi
}

say "create orders" create-table --table-name orders \
  --attribute-definitions AttributeName=customer,AttributeType=S AttributeName=number,AttributeType=N \
  AttributeName=status,AttributeType=S \
  --key-schema AttributeName=customer,KeyType=HASH AttributeName=number,KeyType=RANGE \
  --global-secondary-indexes '[{
      "IndexName": "by-status",
      "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}],
      "Projection": {"ProjectionType": "KEYS_ONLY"},
      "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    }]' \
  --provisioned-throughput ReadCapacityUnits=2,WriteCapacityUnits=2 --query TableDescription.TableName
say "create sessions" create-table --table-name sessions \
  --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH \
  --billing-mode PAY_PER_REQUEST --query TableDescription.TableName
db wait table-exists --table-name orders
db wait table-exists --table-name sessions
say "describe orders" describe-table --table-name orders \
  --query 'Table.{status: TableStatus, keys: KeySchema, indexes: GlobalSecondaryIndexes[].IndexName}'
say "list tables" list-tables --query TableNames

say "put" put-item --table-name sessions --item '{
    "id": {"S": "s-1"}, "empty": {"S": ""}, "text": {"S": "caf\u00e9 \"quoted\""},
    "visits": {"N": "12345678901234567890123456789012345678"}, "cold": {"N": "-0.5"},
    "bytes": {"B": "AAEC/w=="}, "one": {"SS": ["only"]}, "yes": {"BOOL": true}, "nothing": {"NULL": true},
    "list": {"L": [{"N": "1"}, {"M": {"deep": {"L": []}}}]}}'
key='{"id": {"S": "s-1"}}'
say "get" get-item --table-name sessions --key "$key" --consistent-read --query Item
say "get projected" get-item --table-name sessions --key "$key" \
  --projection-expression '#l, cold' --expression-attribute-names '{"#l": "list"}' --query Item
say "update" update-item --table-name sessions --key "$key" --return-values UPDATED_NEW \
  --update-expression 'SET visits = if_not_exists(n, :zero), cold = cold + :one ADD tags :t' \
  --expression-attribute-values '{":zero": {"N": "0"}, ":one": {"N": "1"}, ":t": {"SS": ["b", "a"]}}' \
  --query 'Attributes.{visits: visits, cold: cold, tags: sort(tags.SS)}'
say "remove" update-item --table-name sessions --key "$key" --return-values ALL_NEW \
  --update-expression 'REMOVE #l, bytes, tags' --expression-attribute-names '{"#l": "list"}' --query Attributes
refused "put over existing" put-item --table-name sessions --item "$key" \
  --condition-expression 'attribute_not_exists(id)'
say "delete" delete-item --table-name sessions --key "$key" --return-values ALL_OLD --query Attributes
say "get deleted" get-item --table-name sessions --key "$key"

# puts FROM TO: put requests for a batch, odd numbers open and even ones paid.
puts() {
  local n status=(paid open)
  for n in $(seq "$1" "$2"); do
    printf '{"PutRequest": {"Item": {"customer": {"S": "ada"}, "number": {"N": "%d"}, "status": {"S": "%s"}}}}\n' \
      "$n" "${status[n % 2]}"
  done | paste -sd,
}
say "batch put" batch-write-item --request-items "{\"orders\": [$(puts 1 25)]}" --query UnprocessedItems
say "batch mixed" batch-write-item --request-items "{
    \"orders\": [$(puts 26 30),
      {\"DeleteRequest\": {\"Key\": {\"customer\": {\"S\": \"ada\"}, \"number\": {\"N\": \"1\"}}}}],
    \"sessions\": [{\"PutRequest\": {\"Item\": {\"id\": {\"S\": \"s-2\"}}}}]}" --query UnprocessedItems
say "batch get" batch-get-item --request-items '{
    "orders": {"Keys": [{"customer": {"S": "ada"}, "number": {"N": "1"}}, {"customer": {"S": "ada"}, "number": {"N": "2"}}]},
    "sessions": {"Keys": [{"id": {"S": "s-2"}}]}}' --query Responses

ada='{":c": {"S": "ada"}}'
say "query" query --table-name orders --page-size 10 --key-condition-expression 'customer = :c' \
  --expression-attribute-values "$ada" --query 'Items[].number.N'
say "query between, reverse" query --table-name orders --page-size 3 --no-scan-index-forward \
  --key-condition-expression 'customer = :c AND #n BETWEEN :a AND :b' --expression-attribute-names '{"#n": "number"}' \
  --expression-attribute-values '{":c": {"S": "ada"}, ":a": {"N": "5"}, ":b": {"N": "11"}}' --query 'Items[].number.N'
say "query index" query --table-name orders --index-name by-status --page-size 8 \
  --key-condition-expression '#s = :s' --expression-attribute-names '{"#s": "status"}' \
  --expression-attribute-values '{":s": {"S": "paid"}}' --query 'Items[].number.N'
say "query count" query --table-name orders --select COUNT --key-condition-expression 'customer = :c' \
  --expression-attribute-values "$ada" --query '[Count, ScannedCount]'
say "scan filter" scan --table-name orders --page-size 10 --filter-expression '#s = :s AND #n > :n' \
  --expression-attribute-names '{"#s": "status", "#n": "number"}' \
  --expression-attribute-values '{":s": {"S": "open"}, ":n": {"N": "20"}}' --query 'sort(Items[].number.N)'

if [ "${1-}" != --basic ]; then
  # The aws command mints a new ClientRequestToken here, in every run.
  say "transact write" transact-write-items --transact-items '[
      {"Put": {"TableName": "sessions", "Item": {"id": {"S": "s-3"}}}},
      {"Delete": {"TableName": "sessions", "Key": {"id": {"S": "s-2"}}}}]'
  say "transact get" transact-get-items --query 'Responses[].Item' --transact-items '[
      {"Get": {"TableName": "sessions", "Key": {"id": {"S": "s-2"}}}},
      {"Get": {"TableName": "sessions", "Key": {"id": {"S": "s-3"}}}}]'
fi

refused "get from no table" get-item --table-name no-such-table --key "$key"
refused "get without the range key" get-item --table-name orders --key '{"customer": {"S": "ada"}}'

for table in orders sessions; do
  say "delete $table" delete-table --table-name "$table" --query TableDescription.TableName
  db wait table-not-exists --table-name "$table"
done
say "list tables" list-tables --query TableNames

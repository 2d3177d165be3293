# What the load benchmark asks. Sourced by load.sh.
# shellcheck shell=bash disable=SC2034 # used there

CREATE_BENCH='{"TableName":"bench","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}'

# item KEY: an item of the table `bench`.
item() {
  echo '{"pk":{"S":"'"$1"'"},"name":{"S":"Ada Lovelace"},"visits":{"N":"42"},"tags":{"SS":["a","b"]},"address":{"M":{"city":{"S":"London"},"zip":{"S":"W1"}}}}'
}

PUT_WHAT_IS_READ='{"TableName":"bench","Item":'"$(item customer#1)"'}'
# Another item: a replay answers a read as in the state it was recorded in, which a write of that item changes.
PutItem='{"TableName":"bench","Item":'"$(item customer#2)"'}'
GetItem='{"TableName":"bench","Key":{"pk":{"S":"customer#1"}}}'

# As many counters as connections, asked for in turn, so that they rarely wait for the same item.
COUNTERS=()
for number in $(seq 32); do COUNTERS+=("counter#$number"); done
UPDATES=()
for counter in "${COUNTERS[@]}"; do
  UPDATES+=('{"TableName":"bench","Key":{"pk":{"S":"'"$counter"'"}},"UpdateExpression":"SET visits = visits + :one","ExpressionAttributeValues":{":one":{"N":"1"}}}')
done

CREATE_ORDERS='{"TableName":"bench-orders","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"customer","KeyType":"HASH"},{"AttributeName":"number","KeyType":"RANGE"}],"AttributeDefinitions":[{"AttributeName":"customer","AttributeType":"S"},{"AttributeName":"number","AttributeType":"S"}]}'
ORDERS=1000
A_CUSTOMER=50   # orders of each
RETURNED=100    # in all, each tenth

# orders_from FIRST: a BatchWriteItem of 25 orders.
orders_from() {
  local number status requests=
  for number in $(seq "$1" $(($1 + 24))); do
    status=delivered
    [ $((number % (ORDERS / RETURNED))) != 0 ] || status=returned
    requests+=',{"PutRequest":{"Item":{"customer":{"S":"customer#'$((number / A_CUSTOMER))'"},"number":{"S":"2026-'$((10000 + number))'"},"status":{"S":"'$status'"},"amount":{"N":"'$((number % 90 + 10))'.95"},"name":{"S":"Ada Lovelace"},"address":{"M":{"city":{"S":"London"},"zip":{"S":"W1"}}},"lines":{"L":[{"M":{"sku":{"S":"tea-0042"},"count":{"N":"2"}}},{"M":{"sku":{"S":"cup-0007"},"count":{"N":"1"}}}]}}}}'
  done
  echo '{"RequestItems":{"bench-orders":['"${requests#,}"']}}'
}

Query='{"TableName":"bench-orders","KeyConditionExpression":"customer = :c","ExpressionAttributeValues":{":c":{"S":"customer#7"}}}'
Scan='{"TableName":"bench-orders","FilterExpression":"#s = :s AND amount > :a","ExpressionAttributeNames":{"#s":"status"},"ExpressionAttributeValues":{":s":{"S":"returned"},":a":{"N":"1"}}}'

#!/usr/bin/env bash
# A tape that is kept in S3, as far as moto's server is one: a real client's tape is pushed, its file
# removed, fetched on "another machine" and replayed; an object that somebody changed is refused.
# And a table that the emulator exports to a bucket there, and imports again.
#
#   tests/clients/upstreams.sh install moto clients
#   tests/clients/store.sh
#
# Environment: DYNATAPE (default target/release/dynatape), PEERS as in upstreams.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${DYNATAPE:=target/release/dynatape}" "${PEERS:=target/peers}"
DYNATAPE=$(realpath "$DYNATAPE")
python=$(realpath "$PEERS/venv/bin")/python3
program=$PWD/tests/clients/python/program.py

work=$(mktemp -d)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
tests/clients/upstreams.sh start moto "$port" >"$work/moto" 2>&1 &
moto=$!
trap 'kill "$moto" 2>/dev/null || true; rm -r "$work"' EXIT
tests/clients/upstreams.sh wait "http://127.0.0.1:$port"
fail() { echo "store: $1"; cat "$work"/*.errors; exit 1; }

# Its credentials are those of the object store; DynamoDB's part is the emulator.
export AWS_ACCESS_KEY_ID=AKIDEXAMPLEEXAMPLE AWS_SECRET_ACCESS_KEY=aVerySecretAccessKeyOfFortyCharacters123
export AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true NO_PROXY=127.0.0.1
unset CI
endpoint=http://127.0.0.1:$port
# objects make|list|change: makes the bucket; names what is in it; changes that.
objects() {
  "$python" - "$endpoint" "$1" <<'END'
import sys, boto3
s3 = boto3.client("s3", endpoint_url=sys.argv[1])
if sys.argv[2] == "make":
    s3.create_bucket(Bucket="tapes", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
for found in s3.list_objects_v2(Bucket="tapes").get("Contents", []):
    print(found["Key"], found["Size"])
    if sys.argv[2] == "change":
        s3.put_object(Bucket="tapes", Key=found["Key"], Body=b"something else")
END
}
objects make
mkdir "$work/there" "$work/here"
# dynatape FOLDER ARGUMENTS...: as on a machine of its own.
dynatape() { (cd "$work/$1" && HOME=$work/$1 XDG_CACHE_HOME='' "$DYNATAPE" "${@:2}"); }

dynatape there record orders.tape --upstream emulator --max-bytes off -- "$python" "$program" \
  >"$work/recorded" 2>"$work/record.errors" || fail 'the recording failed'
dynatape there tape push orders.tape --store "s3://tapes/some/tests?endpoint=$endpoint" \
  2>"$work/push.errors" || fail 'it is not pushed'
read -r key size < <(objects list)
hash=$(sha256sum "$work/there/orders.tape")
[ "$key" = "some/tests/${hash%% *}" ] || fail "the object is called $key"
[ "$size" -eq "$(stat -c %s "$work/there/orders.tape")" ] || fail "the object has $size bytes"

cp "$work/there/dynatape.lock" "$work/here"
dynatape here replay orders.tape -- true 2>"$work/early.errors" && fail 'it replays unfetched'
dynatape here tape pull 2>"$work/pull.errors" || fail 'it is not fetched'
dynatape here tape status --remote 2>"$work/status.errors" || fail 'something is not as pinned'
objects change >/dev/null
dynatape here replay orders.tape --strict -- "$python" "$program" \
  >"$work/replayed" 2>"$work/replay.errors" || fail 'the replay failed'
cmp "$work/recorded" "$work/replayed" || fail 'the replay differs'

rm -r "$work/here/.cache"
dynatape here tape pull 2>"$work/changed.errors" && fail 'a changed object is taken'
grep -q 'holds something else than dynatape.lock says' "$work/changed.errors" || fail 'not told why'
dynatape there tape push orders.tape 2>"$work/again.errors" || fail 'it is not mended'
dynatape here tape pull 2>"$work/mended.errors" || fail 'it is not fetched again'

# The emulator's own buckets, on the same server.
"$DYNATAPE" serve --port 0 --s3-root "$endpoint" -- "$python" - <<'END' 2>"$work/export.errors" || fail 'what is exported is not what is imported'
import boto3
dynamodb = boto3.client("dynamodb")
keys = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}
arn = dynamodb.create_table(TableName="from", **keys)["TableDescription"]["TableArn"]
dynamodb.update_continuous_backups(
    TableName="from", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
for number in range(40):
    dynamodb.put_item(TableName="from", Item={"pk": {"S": f"item {number}"}, "n": {"N": str(number)}, "b": {"B": b"\0\xff"}})
export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="tapes", S3Prefix="exported")["ExportDescription"]
dynamodb.get_waiter("export_completed").wait(ExportArn=export["ExportArn"], WaiterConfig={"Delay": 1})
data = "exported/AWSDynamoDB/" + export["ExportArn"].rpartition("/")[2] + "/data/"
dynamodb.import_table(
    S3BucketSource={"S3Bucket": "tapes", "S3KeyPrefix": data}, InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
    TableCreationParameters={"TableName": "copy", **keys})
dynamodb.get_waiter("table_exists").wait(TableName="copy", WaiterConfig={"Delay": 1})
by_key = lambda table: sorted(dynamodb.scan(TableName=table)["Items"], key=lambda item: item["pk"]["S"])
assert len(by_key("copy")) == 40 and by_key("from") == by_key("copy"), by_key("copy")
lost = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="no-such-bucket")["ExportDescription"]
lost = dynamodb.describe_export(ExportArn=lost["ExportArn"])["ExportDescription"]
assert (lost["ExportStatus"], lost["FailureCode"]) == ("FAILED", "S3NoSuchBucket"), lost
END

kill "$moto"
wait "$moto" || true
dynatape here replay orders.tape --strict -- "$python" "$program" \
  >"$work/offline" 2>"$work/offline.errors" || fail 'it needs its store'
cmp "$work/recorded" "$work/offline" || fail 'the offline replay differs'
dynatape here tape status --remote >"$work/gone" 2>&1 && fail 'a store that is gone is not told of'
echo "store: $size bytes pushed to S3, fetched, replayed with and without the store; a table exported there and imported"

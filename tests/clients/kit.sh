#!/usr/bin/env bash
# The Python package as a wheel: its own tests, its page in an empty environment, suites of real clients.
#
#   kit.sh               all of it, on python3 and (what needs it) on the Python 3.12 that upstreams.sh found
#   kit.sh install       what it takes, beforehand
#   kit.sh pythons       the wheel's tests on each Python from 3.10 to 3.13 on the PATH or kept by pyenv
#
# Needs `upstreams.sh install clients`. Everything goes into PEERS (default target/peers) and target/wheels; WHEEL names
# one that is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
PEERS=${PEERS:-target/peers}

TEST='pytest==9.2.0 pytest-xdist==3.8.0 pytest-asyncio==1.5.0'
# aiobotocore takes one botocore: what goes with it is named, or pip looks for it for minutes.
CLIENTS='aiobotocore==3.10.0 boto3==1.43.117'
TYPES='boto3-stubs==1.44.1 mypy==2.4.1'
SUITES='pynamodb==6.1.0 pydynox==1.8.0 aiodynamo[httpx]==26.4'

# packages NAME PYTHON REQUIREMENTS...
packages() {
  local venv=$PEERS/$1 python=$2
  shift 2
  [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
  "$venv/bin/pip" install -q "$@"
}

wheel_into() {
  "$PEERS/$1/bin/pip" install -q --force-reinstall --no-deps "$WHEEL"
}

install() {
  # shellcheck disable=SC2086 # lists of requirements
  packages venv-kit python3 maturin==1.16.0 $TEST $CLIENTS $TYPES $SUITES
  # shellcheck disable=SC2086
  packages venv-aiodynamodb python3 $TEST
  # As the page says: nothing is there but what it installs.
  packages venv-page python3 boto3==1.43.117 pytest==9.2.0
}

# run NAME SUITE...: from here, because beside the sources `python -m dynatape` would find those and not the wheel.
run() {
  local venv=$PEERS/$1
  shift
  PATH=$(cd "$venv/bin" && pwd):$PATH "$venv/bin/pytest" -q -p no:cacheprovider -c python/pyproject.toml "$@"
}

install
[ "${1-}" != install ] || exit 0

if [ -z "${WHEEL-}" ]; then
  rm -rf target/wheels
  "$PEERS/venv-kit/bin/maturin" build --manifest-path python/Cargo.toml --out target/wheels
  WHEEL=$(echo target/wheels/*.whl)
fi
programs=python/tests/programs

if [ "${1-}" = pythons ]; then
  for minor in 10 11 12 13; do
    python=$(command -v "python3.$minor" || true)
    # The launchers of pyenv are there for versions that are not chosen, too.
    if ! "${python:-false}" -c '' 2>/dev/null; then
      python=$(printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python3 | tail -1)
    fi
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
      echo "there is no Python 3.$minor here" >&2
      continue
    fi
    "$python" --version
    # shellcheck disable=SC2086 # lists of requirements
    packages "venv-kit-3.$minor" "$python" $TEST $CLIENTS $TYPES
    wheel_into "venv-kit-3.$minor"
    run "venv-kit-3.$minor" python/tests
  done
  exit
fi

wheel_into venv-kit
run venv-kit -n 2 python/tests
for suite in boto3_server endpoint_aiodynamo mocked_pynamodb pydynox_models; do
  run venv-kit "$programs/$suite"
done
wheel_into venv-aiodynamodb
for suite in aiodynamodb_models mocked_aioboto3; do
  run venv-aiodynamodb "$programs/$suite"
done

wheel_into venv-page
run venv-page python/tests/test_readme.py -k 'not types'

"$PEERS/venv-kit/bin/python" tests/clients/kit_workers.py 1 "$RANDOM" 100

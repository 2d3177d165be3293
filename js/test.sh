#!/usr/bin/env bash
# The package, packed and installed in an empty folder, and its tests there.
#
#   js/test.sh
#
# Versions are those of package.json. Environment: DYNATAPE_BIN (default target/release/dynatape).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
DYNATAPE_BIN=$(realpath "${DYNATAPE_BIN:-$here/../target/release/dynatape}")
export DYNATAPE_BIN NODE_NO_WARNINGS=1 PATH="$here/node_modules/.bin:$PATH"

cd "$here"
npm install --silent --no-package-lock --no-audit --no-fund --prefer-offline
# Below this folder, so that the SDK and the runners are found, which are installed once.
rm -rf app dist
mkdir app
npm pack --silent --pack-destination app
cp -r tests/. app
cd app
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --prefer-offline ./dynatape-*.tgz
node --test ./*.test.mjs

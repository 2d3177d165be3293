// The getting-started page does what it says, as printed; and the types are right.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

const HERE = import.meta.dirname;
const PAGE = readFileSync(join(HERE, "node_modules", "dynatape", "README.md"), "utf8");
const BLOCKS = [...PAGE.matchAll(/```[jt]s\n\/\/ (\S+)\n(.*?)```/gs)].map(([, name, text]) => [name, text]);
const folder = join(HERE, "page");

before(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, text] of BLOCKS) writeFileSync(join(folder, name), text);
});

function run(command, more = {}, cwd = folder) {
  const { CI, NODE_TEST_CONTEXT, ...environment } = process.env;
  const [program, ...given] = command.split(" ");
  const env = { ...environment, NO_COLOR: "1", ...more };
  const ran = spawnSync(program, given, { cwd, env, encoding: "utf8", timeout: 60_000 });
  return { code: ran.status, said: ran.stdout + ran.stderr };
}

function passes(command, more, text, cwd) {
  const { code, said } = run(command, more, cwd);
  assert.equal(code, 0, said);
  assert.match(said, text);
}

test("every block has a name and is run", () => {
  const names = BLOCKS.map(([name]) => name);
  assert.equal(PAGE.match(/```[jt]s/g).length, names.length);
  assert.deepEqual(names, [
    "visits.ts",
    "visits.test.ts",
    "vitest.config.ts",
    "users.test.js",
    "orders.test.mjs",
    "tapes.test.ts",
    "served.mjs",
  ]);
});

test("the suites of the page pass, its tape is recorded and replayed, and its program runs", () => {
  const tape = join(folder, "tapes.test.tapes", "a-table-is-made.tape");
  passes("vitest run visits tapes", { DYNATAPE_UPSTREAM: "emulator" }, /Tests\s+3 passed/);
  const text = readFileSync(tape, "utf8");
  // Nobody is asked any more: there is nobody at this URL.
  passes("vitest run tapes", { CI: "true", DYNATAPE_UPSTREAM: "http://127.0.0.1:9" }, /Tests\s+1 passed/);
  assert.equal(readFileSync(tape, "utf8"), text);
  passes("jest --rootDir=. users", {}, /Tests:\s+1 passed/);
  passes("node --test orders.test.mjs", {}, /# pass 1/);
  passes("node served.mjs", {}, /^/);
});

test("types are right by the strictest rules", () => {
  const options =
    "--strict --exactOptionalPropertyTypes --allowJs --checkJs --noEmit --skipLibCheck --target es2022 " +
    "--lib es2022,esnext.disposable --module nodenext --types node,jest";
  const files = ["page/visits.test.ts", "page/tapes.test.ts", "page/vitest.config.ts"].concat(
    ["page/users.test.js", "page/orders.test.mjs", "page/served.mjs"],
    ["vitest/orders.test.ts", "vitest/tapes.test.ts", "jest/orders.test.js", "jest/tapes.test.js"],
  );
  passes(`tsc ${options} ${files.join(" ")}`, {}, /^$/, HERE);
});

// Suites of Vitest and of Jest, run as a user runs them: with and without a server for all workers.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const RUNNERS = {
  vitest: { command: ["vitest", "run"], config: "vitest.config.ts" },
  jest: { command: ["jest", "--rootDir=."], config: "jest.config.js" },
};

function run(runner, more = {}) {
  const cwd = join(import.meta.dirname, runner);
  const { CI, ...environment } = process.env;
  const [program, ...given] = RUNNERS[runner].command;
  // What this runs in is a runner too, and says so to those that it starts.
  delete environment.NODE_TEST_CONTEXT;
  const ran = spawnSync(program, given, {
    cwd,
    env: { ...environment, NO_COLOR: "1", ...more },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: ran.status, said: ran.stdout + ran.stderr };
}

for (const runner of Object.keys(RUNNERS)) {
  test(`${runner} records, replays and says what is missed`, () => {
    const folder = join(import.meta.dirname, runner);
    const tapes = join(folder, "tapes.test.tapes");
    const config = join(folder, RUNNERS[runner].config);
    const passed = (environment) => {
      const { code, said } = run(runner, environment);
      assert.deepEqual([code, /Tests:?\s+(\d+) passed/.exec(said)?.[1]], [0, "7"], said);
      assert.doesNotMatch(said, /did not exit/);
    };
    rmSync(tapes, { recursive: true, force: true });
    passed({});
    assert.deepEqual(readdirSync(tapes), ["orders-ann-s-is-placed.tape", "orders-bob-s-is-placed.tape"]);
    const missed = run(runner, { CI: "true", ORDER: "2" });
    assert.equal(missed.code, 1, missed.said);
    assert.match(missed.said, /CassetteError: .*replay miss: PutItem orders/s);
    assert.match(missed.said, /\$\.Item\.number\.N\s+sent: "2"\s+recorded: "1"/);
    // Without the server for all workers: each file has its own.
    renameSync(config, `${config}.aside`);
    try {
      passed({ CI: "true" });
    } finally {
      renameSync(`${config}.aside`, config);
    }
  });
}

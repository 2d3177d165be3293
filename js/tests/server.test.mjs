// A server and its databases.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { DescribeTableCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ControlError, DynamoDBError, ExactNumber, findBinary, startServer } from "dynatape";

const folder = mkdtempSync(join(tmpdir(), "dynatape-js-"));
let db;
before(async () => {
  db = await startServer();
});
beforeEach(() => db.clear());
after(async () => {
  await db.stop();
  rmSync(folder, { recursive: true });
});

const listens = (url) =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("connect", () => resolve(socket.destroy() && true));
    socket.on("error", () => resolve(false));
  });

async function until(what) {
  for (let tries = 0; !(await what()); tries += 1) {
    assert.ok(tries < 100, "it does not happen");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a server answers until it is stopped, in the way that it was told", async () => {
  const slow = await startServer({ createTableMs: 60_000, fault: ["ListTables:500@1"] });
  await slow.createTable("users", "id");
  const { Table } = await slow.client().send(new DescribeTableCommand({ TableName: "users" }));
  assert.equal(Table.TableStatus, "CREATING");
  await assert.rejects(slow.tables(), { name: "InternalServerError" });
  assert.deepEqual(await slow.tables(), ["users"]);
  const { endpoint } = slow;
  assert.equal(await listens(endpoint), true);
  await slow.stop();
  assert.equal(await listens(endpoint), false);
  await assert.rejects(slow.fork(), /the server has ended/);
});

test("every setting is a flag of the program", () => {
  const types = readFileSync(join(import.meta.dirname, "node_modules/dynatape/dist/settings.d.ts"), "utf8");
  const names = [...types.matchAll(/^ +(\w+)\?:/gm)].map(([, name]) => name);
  const help = spawnSync(findBinary(), ["serve", "--help"], { encoding: "utf8" }).stdout;
  const flag = (name) => "--" + name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
  assert.ok(names.length > 10);
  assert.deepEqual(names.filter((name) => !new RegExp(`${flag(name)}\\b`).test(help)), []);
});

test("a server that cannot start says why", async () => {
  await assert.rejects(startServer({ timing: "surreal" }), /exit code 1\n.*'surreal'/s);
  const taken = Number(new URL(db.endpoint).port);
  await assert.rejects(startServer({ port: taken }), /cannot listen on 127.0.0.1:\d+/);
  await assert.rejects(startServer({ binary: join(folder, "none") }), /cannot start .*ENOENT/);
});

test("no server stays when its process ends or is killed", async () => {
  const program = `
    import { startServer } from "dynatape";
    const db = await startServer();
    console.log(db.endpoint);
    if (process.argv[1] === "stay") setInterval(() => {}, 1000);`;
  for (const [how, code] of [["go", 0], ["stay", null]]) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, how], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    const [line] = await new Promise((resolve) => child.stdout.once("data", (...got) => resolve(got)));
    const endpoint = String(line).trim();
    if (how === "stay") {
      assert.equal(await listens(endpoint), true);
      child.kill("SIGKILL");
    }
    assert.equal(await ended, code);
    await until(async () => !(await listens(endpoint)));
  }
});

test("the program is found where it may be, and it is said where it may be", () => {
  const bin = join(folder, "node_modules", ".bin");
  const deep = join(folder, "a", "b");
  mkdirSync(bin, { recursive: true });
  mkdirSync(deep, { recursive: true });
  const program = join(bin, "dynatape");
  assert.throws(() => findBinary(deep, { PATH: "/nowhere" }), /DYNATAPE_BIN/);
  writeFileSync(program, "#!/bin/sh\n");
  assert.throws(() => findBinary(deep, {}), /no program/, "it cannot be run");
  chmodSync(program, 0o755);
  assert.equal(findBinary(deep, { PATH: "/nowhere" }), program);
  assert.equal(findBinary("/", { PATH: `/nowhere:${bin}` }), program);
  assert.equal(findBinary("/", { PATH: "/nowhere", DYNATAPE_BIN: program }), program);
  assert.throws(() => findBinary(deep, { DYNATAPE_BIN: "/nowhere/d" }), /DYNATAPE_BIN is \/nowhere\/d/);
});

test("values are what they were", async () => {
  await db.createTable("things", "id", "at:N");
  const item = {
    id: "a",
    at: -1.5,
    big: 12345678901234567890123456789012345678n,
    exact: new ExactNumber("0.1234567890123456789"),
    small: 1e-100,
    yes: true,
    nothing: null,
    bytes: new Uint8Array([0, 255]),
    strings: new Set(["x", "y"]),
    numbers: new Set([1, 2.5]),
    binaries: new Set([new Uint8Array([1])]),
    list: ["a", 1, [], {}],
    map: { deep: { deeper: "é" }, empty: "" },
  };
  await db.put("things", { ...item, undefined: undefined });
  assert.deepEqual(await db.items("things"), [item]);
  for (const wrong of [NaN, Infinity, new Set(), new Set([1, "a"]), () => {}]) {
    await assert.rejects(db.put("things", { id: "a", at: 1, wrong }), TypeError);
  }
  const none = { operation: "PutItem", name: "ResourceNotFoundException" };
  await assert.rejects(db.put("none", { id: "a" }), (error) => {
    assert.ok(error instanceof DynamoDBError);
    return Object.entries(none).every(([name, value]) => error[name] === value);
  });
});

test("all pages of tables and items are told", async () => {
  const names = Array.from({ length: 101 }, (_, index) => `table-${1000 + index}`);
  for (const name of names) await db.createTable(name, "id");
  assert.deepEqual(await db.tables(), names);
  const text = "x".repeat(300_000);
  await db.seed({ "table-1000": ["a", "b", "c", "d", "e"].map((id) => ({ id, text })) });
  assert.equal((await db.items("table-1000")).length, 5);
});

test("forks see nothing of each other, nor of what they were forked from", async () => {
  await db.createTable("users", "id");
  await db.seed({ users: [{ id: "ann" }] });
  const forks = await Promise.all(Array.from({ length: 20 }, () => db.fork()));
  await Promise.all(
    forks.map((fork, index) =>
      fork.client().send(new PutItemCommand({ TableName: "users", Item: { id: { S: `${index}` } } })),
    ),
  );
  for (const [index, fork] of forks.entries()) {
    const ids = (await fork.items("users")).map((item) => item.id).sort();
    assert.deepEqual(ids, [`${index}`, "ann"]);
  }
  assert.equal((await db.items("users")).length, 1);
  const [first, second] = forks;
  await first.clear();
  assert.deepEqual(await first.tables(), []);
  assert.deepEqual(await second.tables(), ["users"]);
  await first.stop();
  await assert.rejects(first.tables(), /session/);
  await second[Symbol.asyncDispose]();
  await assert.rejects(second.tables(), /session/);
});

test("a database goes back to its snapshots", async () => {
  await db.createTable("users", "id");
  const empty = await db.snapshot();
  await db.put("users", { id: "ann" });
  const full = await db.snapshot(`full-${process.pid}`);
  for (const [snapshot, count] of [[empty, 0], [full, 1], [empty, 0]]) {
    await db.restore(snapshot);
    assert.equal((await db.items("users")).length, count);
  }
  await assert.rejects(db.restore("none"), (error) => {
    return error instanceof ControlError && error.kind === "NotFound";
  });
});

test("its clock can be put forward, and is right again when it is cleared", async () => {
  const near = (date, time) => Math.abs(date.getTime() - time) < 60_000;
  await db.advanceClock(86_400);
  assert.ok(near(await db.now(), Date.now() + 86_400_000));
  await db.clear();
  assert.ok(near(await db.now(), Date.now()));
});

test("it is seeded from files, whole or not at all", async () => {
  const table = {
    TableName: "notes",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  };
  const file = join(folder, "notes.json");
  writeFileSync(join(folder, "notes.table.json"), JSON.stringify(table));
  writeFileSync(file, JSON.stringify([{ id: { S: "a" } }, { id: { N: "1" } }]));
  await db.createTable("users", "id");
  await assert.rejects(db.seed(file), /notes\.json, line 1: ValidationException/);
  assert.deepEqual(await db.tables(), ["users"]);
  writeFileSync(file, JSON.stringify([{ id: { S: "a" } }, { id: { S: "b" } }]));
  await db.seed(file);
  assert.deepEqual(await db.tables(), ["notes", "users"]);
  assert.equal((await db.items("notes")).length, 2);
});

test("requests fail on purpose", async () => {
  await db.createTable("users", "id");
  const fork = await db.fork();
  await fork.faults("PutItem/users:ProvisionedThroughputExceededException@1");
  const name = "ProvisionedThroughputExceededException";
  await assert.rejects(fork.put("users", { id: "a" }), { name });
  await fork.put("users", { id: "a" });
  await fork.stop();
});

// Tapes: recorded once, replayed after that.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { cassette, CassetteError, startServer } from "dynatape";

const folder = mkdtempSync(join(tmpdir(), "dynatape-js-"));
const file = join(folder, "orders.test.ts");
const options = { file, upstream: "emulator" };
// The suites that this is one of run in CI, where nothing is recorded.
delete process.env.CI;
after(() => rmSync(folder, { recursive: true }));

// As a program has it: made once, and told nothing.
const ours = new DynamoDBClient({});

async function order(id, read = id, client = ours) {
  await client.send(
    new CreateTableCommand({
      TableName: "orders",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  await client.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: id } } }));
  const got = await client.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: read } } }));
  return got.Item?.id?.S;
}

/** Runs it as in CI, with a server of its own. */
async function inCI(what) {
  process.env.CI = "true";
  const server = await startServer();
  process.env.DYNATAPE_CONTROL = server.control;
  try {
    return await what();
  } finally {
    delete process.env.CI;
    delete process.env.DYNATAPE_CONTROL;
    await server.stop();
  }
}

test("it is recorded once, and replayed in CI and elsewhere", async () => {
  const run = (client) =>
    cassette("Orders: are placed!", options, async ({ mode }) => [mode, await order("a", "a", client)]);
  assert.deepEqual(await run(), ["record", "a"]);
  const tape = join(folder, "orders.test.tapes", "Orders-are-placed.tape");
  const text = readFileSync(tape, "utf8");
  assert.match(text, /"PutItem\/orders/);
  assert.deepEqual(await run(), ["replay", "a"]);
  assert.deepEqual(await inCI(() => run(new DynamoDBClient({}))), ["replay", "a"]);
  assert.equal(readFileSync(tape, "utf8"), text);
  assert.equal("AWS_ENDPOINT_URL_DYNAMODB" in process.env, false);
});

test("what was not recorded fails the test with the report, even if the test does not mind", async () => {
  await cassette("misses", options, () => order("a"));
  const replay = (body) => cassette("misses", { ...options, mode: "frozen" }, body);
  const missed = (error) => {
    assert.ok(error instanceof CassetteError, error.stack);
    assert.match(error.message, /replay miss: GetItem orders.*nearest: .*\$\.Key\.id\.S  sent: "b"  recorded: "a"/s);
    return true;
  };
  await assert.rejects(replay(() => order("a", "b")), missed);
  await assert.rejects(replay(() => order("a", "b").catch(() => {})), missed);
  await assert.rejects(replay(() => {}), /not asked for: .*PutItem\/orders/);
  assert.equal(await replay(() => order("a")), "a");
});

test("tests of long names, or of names that no file has, have tapes of their own", async () => {
  const tapes = new Set();
  for (const name of ["→", "⇒", `${"long ".repeat(50)}a`, `${"long ".repeat(50)}b`]) {
    await cassette(name, options, async ({ tape }) => tapes.add(tape) && (await order("a")));
  }
  assert.equal(tapes.size, 4);
  for (const tape of tapes) assert.ok(existsSync(tape));
});

test("what a test that failed recorded is not the tape", async () => {
  const run = (fail) =>
    cassette("fails", { ...options, mode: "rewrite" }, async () => {
      await order("a");
      if (fail) throw new Error("as it is");
    });
  const tape = join(folder, "orders.test.tapes", "fails.tape");
  await assert.rejects(run(true), /^Error: as it is$/);
  assert.equal(existsSync(tape), false);
  await run(false);
  assert.equal(existsSync(tape), true);
});

test("nothing is recorded in CI", async () => {
  const run = () => cassette("new in CI", options, () => assert.fail("it is not begun"));
  await assert.rejects(inCI(run), /CI=true: nothing is recorded here/);
});

test("a mode that is none is an error", async () => {
  await assert.rejects(cassette("x", { ...options, mode: "sometimes" }, () => {}), /no mode sometimes/);
});

test("a recording that is too large says so", async () => {
  const small = { ...options, maxBytes: "100" };
  await assert.rejects(cassette("large", small, () => order("a")), /is not accepted: .*100/s);
});

test("a tape is made longer", async () => {
  const tape = join(folder, "longer.tape");
  const run = (mode, ids) =>
    cassette(tape, { mode, upstream: "emulator" }, async (tape) => {
      const client = tape.client();
      await order("a", "a", client);
      for (const id of ids) {
        await client.send(new GetItemCommand({ TableName: "orders", Key: { id: { S: id } } }));
      }
    });
  await run("auto", []);
  await run("new", ["b"]);
  await inCI(() => run("auto", ["b"]));
  await inCI(() => run("new", ["b"]));
});

test("cassettes at the same time have tapes of their own", async () => {
  const run = () =>
    Promise.all(
      ["one", "two", "three"].map((name) =>
        cassette(name, options, async (tape) => {
          const db = tape.client();
          const { TableDescription } = await db.send(
            new CreateTableCommand({
              TableName: name,
              BillingMode: "PAY_PER_REQUEST",
              AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
              KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
            }),
          );
          return `${tape.mode} ${TableDescription.TableName}`;
        }),
      ),
    );
  assert.deepEqual(await run(), ["record one", "record two", "record three"]);
  assert.deepEqual(await run(), ["replay one", "replay two", "replay three"]);
  assert.equal("AWS_ENDPOINT_URL_DYNAMODB" in process.env, false);
});

test("a server that is there already is used", async () => {
  const db = await startServer();
  process.env.DYNATAPE_CONTROL = db.control;
  await cassette("there", options, async (tape) => {
    assert.ok(tape.endpoint.startsWith(db.endpoint));
    await order("a", "a", tape.client());
  });
  delete process.env.DYNATAPE_CONTROL;
  await db.stop();
});

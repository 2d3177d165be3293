// `useDynamo` of node:test.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { useDynamo } from "dynatape/node";

// As a program has it: made once, and told nothing.
const client = new DynamoDBClient({});
const put = (id) => client.send(new PutItemCommand({ TableName: "users", Item: { id: { S: id } } }));
const ids = async (db) => (await db.items("users")).map((item) => item.id).sort();

describe("tests with one seed", () => {
  const db = useDynamo({
    tables: { users: "id", orders: ["user", "number:N"] },
    seed: { users: [{ id: "ann" }], orders: [{ user: "ann", number: 1 }] },
  });
  assert.throws(() => db.endpoint, /there is no database yet/);
  // Of the settings only: the endpoint is asked for when it is needed.
  const told = new DynamoDBClient(db.config);
  before(() => put("before"));

  for (const id of ["bob", "eve"]) {
    test(`${id} is the only one to be added`, async () => {
      assert.deepEqual(await ids(db), ["ann", "before"]);
      await put(id);
      await told.send(new PutItemCommand({ TableName: "users", Item: { id: { S: "told" } } }));
      assert.deepEqual(await ids(db), ["ann", "before", id, "told"].sort());
    });
  }
  test("one that leaves nothing", async () => {
    await db.clear();
    assert.deepEqual(await db.tables(), []);
  });
  test("does not harm the next", async () => {
    assert.deepEqual(await db.items("orders"), [{ user: "ann", number: 1 }]);
  });
});

describe("tests of a slow DynamoDB, with a seed that is a program", () => {
  const db = useDynamo({
    settings: { createTableMs: 60_000 },
    seed: (begun) => begun.createTable("slow", "id"),
  });
  test("tables are being made", async () => {
    const { Table } = await db.call("DescribeTable", { TableName: "slow" });
    assert.equal(Table.TableStatus, "CREATING");
  });
});

test("the environment is what it was", () => {
  assert.equal("AWS_ENDPOINT_URL_DYNAMODB" in process.env, false);
});

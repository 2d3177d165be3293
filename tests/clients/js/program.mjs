// A shop's order book and its sessions on DynamoDB, through the JavaScript SDK's document client.
//
// Prints one line per call, and only what every correct server answers alike, so that two outputs
// can be compared as text: no dates, ids, ARNs, sizes or capacity. The SDK itself reads
// AWS_ENDPOINT_URL_DYNAMODB; nothing else chooses whom this talks to.
//
// --basic leaves out what dynalite or moto cannot do.

import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  paginateScan,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { traceBodies } from "./trace-bodies.mjs";

const ORDERS = "orders";
const SESSIONS = "sessions";

if (!process.env.AWS_ENDPOINT_URL_DYNAMODB) {
  console.error("set AWS_ENDPOINT_URL_DYNAMODB: without it this would change a real account");
  process.exit(1);
}

// One attempt per call: a retry would hide a wrong answer behind a right one.
const client = new DynamoDBClient({ maxAttempts: 1 });
if (process.env.TRACE_BODIES) traceBodies(client, process.env.TRACE_BODIES);
const db = DynamoDBDocumentClient.from(client, {
  unmarshallOptions: { wrapNumbers: exactNumber },
});
const poll = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

await createTables();
await everyType();
await updates();
await conditions();
await batches();
await queries();
await scans();
if (!process.argv.includes("--basic")) {
  await oldItemOnFailedCondition();
  await transactions();
  await timeToLive();
}
await missingTable();
await deleteTables();

// ---- tables

async function createTables() {
  const orders = await client.send(new CreateTableCommand({
    TableName: ORDERS,
    AttributeDefinitions: [
      { AttributeName: "customer", AttributeType: "S" },
      { AttributeName: "number", AttributeType: "N" },
      { AttributeName: "status", AttributeType: "S" },
      { AttributeName: "amount", AttributeType: "N" },
    ],
    KeySchema: hashRange("customer", "number"),
    LocalSecondaryIndexes: [{
      IndexName: "by-amount",
      KeySchema: hashRange("customer", "amount"),
      Projection: { ProjectionType: "KEYS_ONLY" },
    }],
    GlobalSecondaryIndexes: [{
      IndexName: "by-status",
      KeySchema: hashRange("status", "amount"),
      Projection: { ProjectionType: "ALL" },
      ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 2 },
    }],
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
  }));
  say("create orders", orders.TableDescription.TableName);
  const sessions = await client.send(new CreateTableCommand({
    TableName: SESSIONS,
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "B" }],
    KeySchema: hashRange("id"),
    BillingMode: "PAY_PER_REQUEST",
  }));
  say("create sessions", sessions.TableDescription.TableName);

  for (const TableName of [ORDERS, SESSIONS]) {
    say(`wait ${TableName}`, (await waitUntilTableExists(poll, { TableName })).state);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    say(`describe ${TableName}`, {
      status: Table.TableStatus,
      keys: Table.KeySchema,
      local: (Table.LocalSecondaryIndexes ?? []).map((i) => i.IndexName),
      global: (Table.GlobalSecondaryIndexes ?? []).map((i) => i.IndexName),
    });
  }
  say("list tables", (await client.send(new ListTablesCommand({}))).TableNames);
}

async function deleteTables() {
  for (const TableName of [ORDERS, SESSIONS]) {
    const gone = await client.send(new DeleteTableCommand({ TableName }));
    say(`delete ${TableName}`, gone.TableDescription.TableName);
    say(`wait ${TableName}`, (await waitUntilTableNotExists(poll, { TableName })).state);
  }
  say("list tables", (await client.send(new ListTablesCommand({}))).TableNames);
}

// ---- single items

function session(name) {
  return { id: Buffer.from(name) };
}

async function everyType() {
  const item = {
    ...session("types"),
    empty: "",
    unicode: 'caf\u00e9 \u2713 \u{1f600} "quoted" back\\slash /',
    int: 42,
    negative: -17,
    decimal: 3.14159,
    small: -1e-20,
    zero: 0,
    big: 12345678901234567890123456789012345678n,
    binary: Uint8Array.from({ length: 256 }, (_, i) => i),
    noBytes: new Uint8Array(),
    words: new Set(["pear", "apple", "fig"]),
    numbers: new Set([3, -1.5, 20]),
    blobs: new Set([Uint8Array.of(0, 255), Uint8Array.of(97, 98)]),
    yes: true,
    no: false,
    nothing: null,
    list: ["a", 1, [], null],
    map: { inner: { deep: Uint8Array.of(1) }, void: {} },
  };
  const Key = session("types");
  await db.send(new PutCommand({ TableName: SESSIONS, Item: item }));
  const got = await db.send(new GetCommand({ TableName: SESSIONS, Key, ConsistentRead: true }));
  say("get every type", got.Item);
  say("same as was put", stable(got.Item) === stable(item));
  say("get projected", (await db.send(new GetCommand({
    TableName: SESSIONS, Key,
    ProjectionExpression: "#m.#i, words, absent",
    ExpressionAttributeNames: { "#m": "map", "#i": "inner" },
  }))).Item);
  say("get nothing", (await db.send(new GetCommand({ TableName: SESSIONS, Key: session("nobody") }))).Item);
  say("replace", (await db.send(new PutCommand({
    TableName: SESSIONS, Item: { ...Key, int: 43 }, ReturnValues: "ALL_OLD",
  }))).Attributes);
  say("delete", (await db.send(new DeleteCommand({ TableName: SESSIONS, Key, ReturnValues: "ALL_OLD" }))).Attributes);

  // The same through the low level client, where a number stays text.
  const id = { id: { B: Buffer.from("low") } };
  await client.send(new PutItemCommand({ TableName: SESSIONS, Item: { ...id, n: { N: "0.1" }, s: { NS: ["7", "8"] } } }));
  say("get low level", (await client.send(new GetItemCommand({ TableName: SESSIONS, Key: id }))).Item);
}

async function updates() {
  const update = async (label, UpdateExpression, ReturnValues, values, names) => say(label, (await db.send(
    new UpdateCommand({
      TableName: SESSIONS, Key: session("s-1"), UpdateExpression, ReturnValues,
      ExpressionAttributeValues: values, ExpressionAttributeNames: names,
    }))).Attributes);

  await update("update creates", "SET visits = :one, #n = :name, pages = :pages, tags = :tags", "NONE",
    { ":one": 1, ":name": "Ada", ":pages": ["/"], ":tags": new Set(["a", "b", "c"]) }, { "#n": "name" });
  await update("arithmetic", "SET visits = visits + :ten", "UPDATED_NEW", { ":ten": 10.5 });
  await update("subtract", "SET visits = visits - :two", "UPDATED_OLD", { ":two": 2 });
  await update("if_not_exists", "SET seen = if_not_exists(seen, :zero)", "UPDATED_NEW", { ":zero": 0 });
  await update("list_append", "SET pages = list_append(pages, :more)", "ALL_NEW", { ":more": ["/cart", "/pay"] });
  await update("remove", "REMOVE pages[0], seen", "ALL_NEW");
  await update("add", "ADD visits :five, tags :more", "ALL_OLD", { ":five": 5, ":more": new Set(["d"]) });
  await update("delete from set", "DELETE tags :some", "ALL_NEW", { ":some": new Set(["a", "zzz"]) });
}

async function conditions() {
  say("put over existing", await failure(new PutCommand({
    TableName: SESSIONS, Item: session("s-1"), ConditionExpression: "attribute_not_exists(id)",
  }), true));
  say("update if", (await db.send(new UpdateCommand({
    TableName: SESSIONS, Key: session("s-1"), UpdateExpression: "SET locked = :yes",
    ConditionExpression: "#n = :name AND visits BETWEEN :low AND :high",
    ExpressionAttributeNames: { "#n": "name" },
    ExpressionAttributeValues: { ":yes": true, ":name": "Ada", ":low": 1, ":high": 100 },
    ReturnValues: "UPDATED_NEW",
  }))).Attributes);
  say("delete unless locked", await failure(new DeleteCommand({
    TableName: SESSIONS, Key: session("s-1"), ConditionExpression: "locked = :no",
    ExpressionAttributeValues: { ":no": false },
  }), true));
}

async function oldItemOnFailedCondition() {
  try {
    await db.send(new PutCommand({
      TableName: SESSIONS, Item: session("s-1"), ConditionExpression: "size(#n) > :long",
      ExpressionAttributeNames: { "#n": "name" }, ExpressionAttributeValues: { ":long": 50 },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }));
  } catch (error) {
    say("refused with the item", { code: error.name, item: error.Item });
  }
}

// ---- many items

// Amounts are unique, so that no two servers may order an index differently.
function order(customer, number) {
  return {
    customer,
    number,
    amount: number * 10 + customer.length,
    status: ["open", "paid", "sent"][number % 3],
    ...(number % 4 === 0 && { note: `note ${number}` }),
  };
}

function keyOf({ customer, number }) {
  return { customer, number };
}

function put(Item) {
  return { PutRequest: { Item } };
}

function remove(item) {
  return { DeleteRequest: { Key: keyOf(item) } };
}

async function batches() {
  const first = Array.from({ length: 25 }, (_, i) => order("ada", i + 1));
  const second = Array.from({ length: 8 }, (_, i) => order("grace", i + 1));
  say("batch put 25", (await db.send(new BatchWriteCommand({
    RequestItems: { [ORDERS]: first.map(put) },
  }))).UnprocessedItems);
  // Two tables, puts and deletes in one request.
  say("batch mixed", (await db.send(new BatchWriteCommand({
    RequestItems: {
      [ORDERS]: [...second.map(put), ...first.slice(20).map(remove)],
      [SESSIONS]: [put({ ...session("s-2"), name: "Edsger" })],
    },
  }))).UnprocessedItems);
  const got = await db.send(new BatchGetCommand({
    RequestItems: {
      [ORDERS]: {
        Keys: [first[0], first[3], first[24], second[7]].map(keyOf),
        ProjectionExpression: "customer, amount, note",
        ConsistentRead: true,
      },
      [SESSIONS]: { Keys: [session("s-1"), session("s-2")] },
    },
  }));
  say("batch get orders", unordered(got.Responses[ORDERS]));
  say("batch get sessions", unordered(got.Responses[SESSIONS]));
  say("batch get rest", got.UnprocessedKeys);
}

async function queries() {
  const query = async (label, pageSize, request, show = (item) => item) => {
    const pages = [];
    const items = [];
    for await (const page of paginateQuery({ client: db, pageSize }, { TableName: ORDERS, ...request })) {
      pages.push([page.Count, page.ScannedCount]);
      items.push(...(page.Items ?? []).map(show));
    }
    say(label, { pages, items });
  };
  const number = (item) => item.number;
  const ofAda = { KeyConditionExpression: "customer = :c", ExpressionAttributeValues: { ":c": "ada" } };

  await query("query forward", 6, ofAda, number);
  await query("query reverse", 6, { ...ofAda, ScanIndexForward: false, ConsistentRead: true }, number);
  await query("query between", 4, {
    KeyConditionExpression: "customer = :c AND #k BETWEEN :a AND :b",
    ExpressionAttributeNames: { "#k": "number" },
    ExpressionAttributeValues: { ":c": "ada", ":a": 4, ":b": 8 },
  }, number);
  await query("query filter", 6, {
    ...ofAda,
    FilterExpression: "attribute_exists(note) AND begins_with(#s, :open)",
    ExpressionAttributeNames: { "#s": "status" },
    ExpressionAttributeValues: { ":c": "ada", ":open": "op" },
  });
  await query("query count", 6, { ...ofAda, Select: "COUNT" });
  await query("query local index", 4, {
    IndexName: "by-amount",
    KeyConditionExpression: "customer = :c AND amount > :a",
    ExpressionAttributeValues: { ":c": "grace", ":a": 25 },
    ScanIndexForward: false,
  });
  await query("query global index", 4, {
    IndexName: "by-status",
    KeyConditionExpression: "#s = :s",
    ExpressionAttributeNames: { "#s": "status" },
    ExpressionAttributeValues: { ":s": "paid" },
  });
}

async function scans() {
  const scan = async (request) => {
    const pages = [];
    for await (const page of paginateScan({ client: db, pageSize: 10 }, { TableName: ORDERS, ...request })) {
      pages.push(page);
    }
    return { pages, items: pages.flatMap((page) => page.Items) };
  };
  const all = await scan({});
  say("scan", { pages: all.pages.length, items: unordered(all.items) });
  const some = await scan({
    FilterExpression: "amount >= :a AND #n <> :no",
    ExpressionAttributeNames: { "#n": "number" },
    ExpressionAttributeValues: { ":a": 150, ":no": 17 },
    ProjectionExpression: "customer, #n",
  });
  say("scan filter", { scanned: some.pages.reduce((sum, p) => sum + p.ScannedCount, 0), items: unordered(some.items) });
  // Which segment holds which item is the server's business: only the union is told.
  const found = [];
  for (const Segment of [0, 1, 2]) found.push(...(await scan({ Segment, TotalSegments: 3 })).items);
  say("scan in segments", { count: found.length, different: new Set(found.map((i) => stable(keyOf(i)))).size });
}

// ---- what dynalite or moto lack

// The SDK mints a new ClientRequestToken for each of these writes, in every run.
async function transactions() {
  await db.send(new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName: SESSIONS, Item: { ...session("s-3"), n: 1 } } },
      { Update: {
        TableName: SESSIONS, Key: session("s-2"), UpdateExpression: "SET n = :n",
        ExpressionAttributeValues: { ":n": 2 },
      } },
      { ConditionCheck: {
        TableName: ORDERS, Key: keyOf(order("ada", 1)), ConditionExpression: "attribute_exists(customer)",
      } },
    ],
  }));
  try {
    await db.send(new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName: SESSIONS, Item: session("s-4") } },
        { Delete: {
          TableName: SESSIONS, Key: session("s-3"), ConditionExpression: "n > :n",
          ExpressionAttributeValues: { ":n": 9 },
        } },
      ],
    }));
  } catch (error) {
    say("transact refused", { code: error.name, reasons: error.CancellationReasons?.map((r) => r.Code) });
  }
  const got = await db.send(new TransactGetCommand({
    TransactItems: ["s-2", "s-3", "s-4"].map((s) => ({ Get: { TableName: SESSIONS, Key: session(s) } })),
  }));
  say("transact get", got.Responses.map((r) => r.Item));
}

async function timeToLive() {
  await client.send(new UpdateTimeToLiveCommand({
    TableName: SESSIONS, TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
  }));
  const seen = await client.send(new DescribeTimeToLiveCommand({ TableName: SESSIONS }));
  say("describe ttl", seen.TimeToLiveDescription.AttributeName);
}

async function missingTable() {
  say("get from no table", await failure(new GetCommand({ TableName: "no-such-table", Key: { id: "x" } })));
  say("get without the range key", await failure(new GetCommand({ TableName: ORDERS, Key: { customer: "ada" } })));
}

// ---- shapes and printing

function hashRange(hash, range) {
  const schema = [{ AttributeName: hash, KeyType: "HASH" }];
  return range ? [...schema, { AttributeName: range, KeyType: "RANGE" }] : schema;
}

async function failure(command, message = false) {
  try {
    await db.send(command);
    return "was not refused";
  } catch (error) {
    return message ? { code: error.name, message: error.message } : { code: error.name };
  }
}

// A double holds 15 digits, DynamoDB 38.
function exactNumber(text) {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

// Names sorted, sets sorted, binary as hex, so that equal items print alike.
function plain(value) {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (value instanceof Set) return { set: [...value].map(stable).sort().map((text) => JSON.parse(text)) };
  if (typeof value === "bigint") return { digits: String(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value ?? null;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, plain(value[name])]));
}

function stable(value) {
  return JSON.stringify(plain(value));
}

function unordered(items) {
  return items.map(stable).sort().map((text) => JSON.parse(text));
}

function say(label, value) {
  console.log(`${label}: ${stable(value)}`);
}

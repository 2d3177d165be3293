// The calls of tests/fixtures/foreign/polly.har, made again: foreign.py lets a tape answer them.

import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";

const client = new DynamoDBClient({});
const TableName = "foreign";
const id = { S: "grüße 🦀" };

const made = await client.send(
  new CreateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
  }),
);
console.log("created", made.TableDescription.TableStatus);
const bin = { B: new Uint8Array([0, 255, 16]) };
await client.send(new PutItemCommand({ TableName, Item: { id, bin, n: { N: "1.50E+2" } } }));
console.log("put");
const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id } }));
console.log("got", Item.id.S, Buffer.from(Item.bin.B).toString("hex"), Item.n.N);
try {
  const ConditionExpression = "attribute_not_exists(id)";
  await client.send(new PutItemCommand({ TableName, Item: { id }, ConditionExpression }));
} catch (error) {
  console.log("refused", error.name);
}
const found = await client.send(
  new QueryCommand({
    TableName,
    KeyConditionExpression: "id = :i",
    ExpressionAttributeValues: { ":i": id },
  }),
);
console.log("found", found.Count);

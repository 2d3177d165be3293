const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand, QueryCommand } = require("@aws-sdk/lib-dynamodb");

// Made once, and told nothing: as a program has it.
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

/** @param {{ user: string, number: number }} order */
exports.place = (order) =>
  client.send(
    new PutCommand({
      TableName: "orders",
      Item: order,
      ConditionExpression: "attribute_not_exists(#user)",
      ExpressionAttributeNames: { "#user": "user" },
    }),
  );

/** @param {string} user */
exports.ordersOf = async (user) => {
  const found = await client.send(
    new QueryCommand({
      TableName: "orders",
      KeyConditionExpression: "#user = :user",
      ExpressionAttributeNames: { "#user": "user" },
      ExpressionAttributeValues: { ":user": user },
    }),
  );
  return found.Items;
};

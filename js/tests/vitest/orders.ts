import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";

// Made once, and told nothing: as a program has it.
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export interface Order {
  user: string;
  number: number;
}

export async function place(order: Order): Promise<void> {
  const fresh = "attribute_not_exists(#user)";
  const names = { "#user": "user" };
  await client.send(
    new PutCommand({
      TableName: "orders",
      Item: order,
      ConditionExpression: fresh,
      ExpressionAttributeNames: names,
    }),
  );
}

export async function ordersOf(user: string): Promise<Order[]> {
  const found = await client.send(
    new QueryCommand({
      TableName: "orders",
      KeyConditionExpression: "#user = :user",
      ExpressionAttributeNames: { "#user": "user" },
      ExpressionAttributeValues: { ":user": user },
    }),
  );
  return found.Items as Order[];
}

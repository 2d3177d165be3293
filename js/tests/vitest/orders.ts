import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";

export interface Order {
  user: string;
  number: number;
}

export class OrderBook {
  readonly #client;

  constructor(client: DynamoDBClient) {
    this.#client = DynamoDBDocumentClient.from(client);
  }

  async place(order: Order): Promise<void> {
    await this.#client.send(
      new PutCommand({
        TableName: "orders",
        Item: order,
        ConditionExpression: "attribute_not_exists(#user)",
        ExpressionAttributeNames: { "#user": "user" },
      }),
    );
  }

  async ordersOf(user: string): Promise<Order[]> {
    const found = await this.#client.send(
      new QueryCommand({
        TableName: "orders",
        KeyConditionExpression: "#user = :user",
        ExpressionAttributeNames: { "#user": "user" },
        ExpressionAttributeValues: { ":user": user },
      }),
    );
    return found.Items as Order[];
  }
}

/** Made once, and told nothing: as a program has it. */
export const orders = new OrderBook(new DynamoDBClient({}));

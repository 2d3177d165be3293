import { resolve } from "node:path";

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

import { ask } from "./ask.js";
import { readItem, writeItem, type Item } from "./attribute.js";
import type { Control } from "./control.js";
import { CREDENTIALS, region } from "./environment.js";

/** Where a database is, and how it ends. @internal */
export interface Place {
  control: Control;
  /** The id of its session. */
  id: string;
  endpoint: string;
  /** The session `default` cannot be stopped: it ends with its server. */
  end(): Promise<void>;
}

/** Settings for a client of the SDK, of any version 3 of it. */
export interface ClientConfig {
  endpoint: () => Promise<{ url: URL }>;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** A table's items, by its name. */
export type Seeds = Record<string, readonly Item[]>;

const STREAMS = new Set(["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]);

/** DynamoDB refused what was asked of a `Database`. */
export class DynamoDBError extends Error {
  constructor(
    readonly operation: string,
    /** `ResourceNotFoundException`, ... */
    override readonly name: string,
    message: string,
  ) {
    super(`${operation}: ${name}: ${message}`);
  }
}

/** Settings of clients that talk to an endpoint. @internal */
export function clientConfig(endpoint: () => string): ClientConfig {
  const at = async () => ({ url: new URL(endpoint()) });
  return { endpoint: at, region: region(), credentials: CREDENTIALS };
}

/** A client of the SDK that is installed beside this package. @internal */
export function newClient(config: ClientConfig): DynamoDBClient {
  let sdk: typeof import("@aws-sdk/client-dynamodb");
  try {
    sdk = require("@aws-sdk/client-dynamodb");
  } catch (cause) {
    const message = "client() needs @aws-sdk/client-dynamodb: npm install @aws-sdk/client-dynamodb";
    throw new Error(message, { cause });
  }
  return new sdk.DynamoDBClient(config);
}

/** A DynamoDB of one's own: tables, items, a clock. It is a session of a server. */
export class Database {
  readonly #place: () => Place;
  #snapshots = 0;

  /** @internal */
  constructor(place: () => Place) {
    this.#place = place;
  }

  // What clients need

  /** Its URL: for AWS_ENDPOINT_URL_DYNAMODB, or `endpoint` of a client of any language. */
  get endpoint(): string {
    return this.#place().endpoint;
  }

  /** The URL of the control API of its server. */
  get control(): string {
    return this.#place().control.url;
  }

  /** For a client of the SDK: `new DynamoDBClient(db.config)`. */
  get config(): ClientConfig {
    return clientConfig(() => this.endpoint);
  }

  /** A client of `@aws-sdk/client-dynamodb`. */
  client(): DynamoDBClient {
    return newClient(this.config);
  }

  // What is in it

  /** Asks for an operation in the form of the API's JSON: numbers are `{"N": "1"}`, binaries
   * base64, times seconds. */
  async call(operation: string, parameters: object = {}, at = region()): Promise<any> {
    const service = STREAMS.has(operation) ? "DynamoDBStreams" : "DynamoDB";
    // Nobody checks the signature; its scope tells the region.
    const scope = `${CREDENTIALS.accessKeyId}/20260101/${at}/dynamodb/aws4_request`;
    const signed = "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0";
    const { status, json } = await ask("POST", this.endpoint, parameters, {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `${service}_20120810.${operation}`,
      "x-amz-date": "20260101T000000Z",
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, ${signed}`,
    });
    if (status === 200) return json;
    const name = String(json.__type ?? status).replace(/^.*#/, "");
    throw new DynamoDBError(operation, name, json.message ?? json.Message ?? "");
  }

  /** The names of the tables. */
  async tables(): Promise<string[]> {
    const names: string[] = [];
    let start = {};
    for (;;) {
      const page = await this.call("ListTables", start);
      names.push(...page.TableNames);
      if (!page.LastEvaluatedTableName) return names;
      start = { ExclusiveStartTableName: page.LastEvaluatedTableName };
    }
  }

  /** All items of a table, as `@aws-sdk/lib-dynamodb` gives them. */
  async items(table: string): Promise<Item[]> {
    const items: Item[] = [];
    let start = {};
    for (;;) {
      const page = await this.call("Scan", { TableName: table, ConsistentRead: true, ...start });
      items.push(...page.Items.map(readItem));
      if (!page.LastEvaluatedKey) return items;
      start = { ExclusiveStartKey: page.LastEvaluatedKey };
    }
  }

  /** Makes a table. A key is a string unless its type is said: `"number:N"`. `parameters` are those
   * of CreateTable, and come before what is made of the rest. */
  async createTable(name: string, key: string, sortKey?: string, parameters: object = {}) {
    const keys = [key, sortKey].filter((one) => one !== undefined).map((one) => one.split(":"));
    await this.call("CreateTable", {
      TableName: name,
      AttributeDefinitions: keys.map(([named, type = "S"]) => {
        return { AttributeName: named, AttributeType: type };
      }),
      KeySchema: keys.map(([named], index) => {
        return { AttributeName: named, KeyType: index === 0 ? "HASH" : "RANGE" };
      }),
      ...("ProvisionedThroughput" in parameters ? {} : { BillingMode: "PAY_PER_REQUEST" }),
      ...parameters,
    });
  }

  /** Puts an item, which is made of JavaScript's values: `{ id: "a", count: 1 }`. */
  async put(table: string, item: Item): Promise<void> {
    await this.call("PutItem", { TableName: table, Item: writeItem(item) });
  }

  /** Puts items in tables that are there, `{ users: [{ id: "a" }] }`; or tables with their items
   * that are in a file or a folder (docs/seeding.md), all of them or none. */
  async seed(what: Seeds | string): Promise<void> {
    if (typeof what === "string") {
      await this.#ask("POST", "/load", { load: [resolve(what)] });
      return;
    }
    for (const [table, items] of Object.entries(what)) {
      for (const item of items) await this.put(table, item);
    }
  }

  // States

  /** Forgets everything: tables, items, and of a fork its snapshots. The clock is right again. */
  async clear(): Promise<void> {
    const { control, id } = this.#place();
    if (id === OWN) {
      // It begins with nothing: what is loaded, is loaded later.
      await this.#ask("POST", "/reset");
      return;
    }
    await control.stop(id, true);
    await control.start({ mode: "emulate", id });
  }

  /** Another database with all that is in this one; from here on neither sees anything of the
   * other. It takes no longer the more there is. */
  async fork(): Promise<Database> {
    const { control, id } = this.#place();
    return new Database(await begin(control, { from: { session: id } }));
  }

  /** What is in it now, under a name, for `restore`. */
  async snapshot(name?: string): Promise<string> {
    const kept = name ?? `snapshot-${++this.#snapshots}`;
    await this.#ask("POST", "/snapshots", { name: kept });
    return kept;
  }

  /** Is again what it was, clock and all. A snapshot can be restored any number of times. */
  async restore(snapshot: string): Promise<void> {
    await this.#ask("POST", "/restore", { snapshot });
  }

  /** Puts its clock forward, by seconds. */
  async advanceClock(seconds: number): Promise<void> {
    await this.#ask("POST", "/clock/advance", { seconds });
  }

  /** The time it goes by. */
  async now(): Promise<Date> {
    return new Date((await this.#ask("GET", "/clock")).now * 1000);
  }

  /** What fails from now on: `"PutItem/orders:ThrottlingException@2"`. */
  async faults(...rules: string[]): Promise<void> {
    await this.#ask("PUT", "/faults", { faults: rules });
  }

  /** Ends it; of the database that `startServer` gave, the server, with all forks. */
  async stop(): Promise<void> {
    await this.#place().end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #ask(method: string, path: string, body?: object): Promise<any> {
    const { control, id } = this.#place();
    return control.ask(method, `/v1/sessions/${id}${path}`, body);
  }
}

/** The session that a server is itself. @internal */
export const OWN = "default";

/** Starts a session that emulates. @internal */
export async function begin(control: Control, more: object): Promise<() => Place> {
  const { id, endpoint } = await control.start({ mode: "emulate", ...more });
  const end = async () => void (await control.stop(id, true));
  return () => ({ control, id, endpoint, end });
}

/** A DynamoDB for tests: emulated, recorded, replayed. */

export { ExactNumber, type Item, type Value } from "./attribute.js";
export { findBinary } from "./binary.js";
export {
  cassette,
  CassetteError,
  type Cassette,
  type CassetteOptions,
  type Mode,
} from "./cassette.js";
export { ControlError } from "./control.js";
export { DynamoDBError, type Database, type ClientConfig, type Seeds } from "./database.js";
export { dynamo, type DynamoOptions, type Hooks } from "./hooks.js";
export { startServer, type ServerOptions } from "./server.js";
export type { Settings } from "./settings.js";

/** For node:test. */

import { after, before, beforeEach } from "node:test";

import type { Cassette, CassetteOptions } from "./cassette.js";
import type { Database } from "./database.js";
import { dynamo, type DynamoOptions } from "./hooks.js";
import { recorded as of, type Recorded } from "./recorded.js";

/** A DynamoDB for the tests of this file, or of this `describe`. */
export function useDynamo(options: DynamoOptions = {}): Database {
  return dynamo({ beforeAll: before, beforeEach, afterAll: after }, options);
}

/** A test's function that is answered from a tape named after the test: `test(name, recorded(async
 * (tape) => ...))`. */
export function recorded(
  body: (tape: Cassette) => unknown,
  options: CassetteOptions = {},
): Recorded {
  const file = options.file ?? process.argv[1];
  const current = (given: readonly unknown[]) => {
    // `fullName` is of Node 22 and newer.
    const test = given[0] as { name: string; fullName?: string };
    return { name: test.fullName ?? test.name, file };
  };
  return of(after, current, body, options);
}

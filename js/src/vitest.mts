/** For Vitest. */

import { afterAll, beforeAll, beforeEach, expect } from "vitest";

import type { Cassette, CassetteOptions } from "./cassette.js";
import type { Database } from "./database.js";
import { dynamo, type DynamoOptions } from "./hooks.js";
import { recorded as of, type Recorded } from "./recorded.js";

/** A DynamoDB for the tests of this file, or of this `describe`. */
export function useDynamo(options: DynamoOptions = {}): Database {
  return dynamo({ beforeAll, beforeEach, afterAll }, options);
}

/** A test's function that is answered from a tape named after the test: `test(name, recorded(async
 * (tape) => ...))`. */
export function recorded(
  body: (tape: Cassette) => unknown,
  options: CassetteOptions = {},
): Recorded {
  const current = () => {
    const { currentTestName = "", testPath } = expect.getState();
    return { name: currentTestName, file: testPath };
  };
  return of(afterAll, current, body, options);
}

/** For Jest. */

import type { Cassette, CassetteOptions } from "./cassette.js";
import type { Database } from "./database.js";
import { dynamo, type DynamoOptions } from "./hooks.js";
import { recorded as of, type Recorded } from "./recorded.js";

type Globals = typeof import("@jest/globals");

/** Jest's functions: globals, unless `injectGlobals` is off. */
function jest(): Globals {
  const globals = globalThis as unknown as Globals;
  return typeof globals.beforeAll === "function" ? globals : require("@jest/globals");
}

/** A DynamoDB for the tests of this file, or of this `describe`. */
export function useDynamo(options: DynamoOptions = {}): Database {
  return dynamo(jest(), options);
}

/** A test's function that is answered from a tape named after the test: `test(name, recorded(async
 * (tape) => ...))`. */
export function recorded(
  body: (tape: Cassette) => unknown,
  options: CassetteOptions = {},
): Recorded {
  const { afterAll, expect } = jest();
  const current = () => {
    const { currentTestName = "", testPath } = expect.getState();
    return { name: currentTestName, file: testPath };
  };
  return of(afterAll, current, body, options);
}

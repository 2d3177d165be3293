/** For Vitest. */

import { afterAll, beforeAll, beforeEach, expect, type TestContext } from "vitest";

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
  const current = (given: readonly unknown[]) => {
    // Of tests that run at the same time only their own context tells which one it is.
    const task = given.map((one) => (one as Partial<TestContext> | null)?.task).find(Boolean);
    if (task) return { name: fullName(task), file: task.file.filepath };
    const { currentTestName = "", testPath } = expect.getState();
    return { name: currentTestName, file: testPath };
  };
  return of(afterAll, current, body, options);
}

/** As Vitest and Jest say it where a test is the only one that runs. */
function fullName(task: { name: string; suite?: { name: string; suite?: any } | undefined }): string {
  return task.suite ? `${fullName(task.suite)} ${task.name}` : task.name;
}

import { play, type Cassette, type CassetteOptions } from "./cassette.js";
import { acquire } from "./shared.js";

/** A test that runs. */
export interface Current {
  /** Its name, with those of the groups it is in. */
  name: string;
  file: string | undefined;
}

/** A test's function. */
export type Recorded = () => Promise<void>;

/** Makes a test's function of one that is given a cassette, which is named after the test. One
 * server is kept for all of them. */
export function recorded(
  afterAll: (what: () => Promise<void>) => unknown,
  current: (given: readonly unknown[]) => Current,
  body: (tape: Cassette) => unknown,
  options: CassetteOptions,
): Recorded {
  let lease: ReturnType<typeof acquire> | undefined;
  afterAll(async () => {
    const held = lease;
    lease = undefined;
    await (await held)?.release();
  });
  // Runners look at the parameters of a function, how many and which: this one has none.
  return async function () {
    const given: unknown[] = [...arguments];
    lease ??= acquire();
    const { control } = await lease;
    const { name, file } = current(given);
    const beside = options.file ?? file;
    await play(control, name, beside === undefined ? options : { ...options, file: beside }, body);
  };
}

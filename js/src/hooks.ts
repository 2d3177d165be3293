import { begin, Database, type Place, type Seeds } from "./database.js";
import { pointAt } from "./environment.js";
import type { Settings } from "./settings.js";
import { acquire, type Lease } from "./shared.js";

/** What a test runner lets one do around tests. */
export interface Hooks {
  beforeAll(what: () => Promise<void>): unknown;
  beforeEach(what: () => Promise<void>): unknown;
  afterAll(what: () => Promise<void>): unknown;
}

/** What the database of the tests has, and how it behaves. */
export interface DynamoOptions {
  /** Tables and their keys: `{ users: "id", orders: ["user", "number:N"] }`. */
  tables?: Record<string, string | readonly [string, string]>;
  /** Items of these tables; a file or a folder of tables; or what makes all that is wanted. */
  seed?: Seeds | string | ((db: Database) => Promise<void>);
  settings?: Settings;
}

/** A DynamoDB for the tests of a file (or of a `describe`), which begins each of them with what
 * there was before the first one. Clients that were told no endpoint talk to it. */
export function dynamo(hooks: Hooks, options: DynamoOptions = {}): Database {
  const { tables = {}, seed, settings } = options;
  let lease: Lease | undefined;
  let place: (() => Place) | undefined;
  let first: Place | undefined;
  let unpoint = () => {};
  const db = new Database(() => {
    if (place) return place();
    throw new Error("there is no database yet: ask for it in a test, or in a hook");
  });

  hooks.beforeAll(async () => {
    lease = await acquire(settings);
    place = await begin(lease.control, {});
    // One endpoint for all of them: clients keep what they read from the environment.
    unpoint = pointAt(db.endpoint);
    for (const [name, key] of Object.entries(tables)) {
      const [hash, range] = [key].flat() as [string, string?];
      await db.createTable(name, hash, range);
    }
    if (typeof seed === "function") await seed(db);
    else if (seed) await db.seed(seed);
  });
  hooks.beforeEach(async () => {
    if (!lease || !place) return;
    const { control } = lease;
    const { id } = place();
    if (first) {
      await control.stop(id, true);
      await control.start({ mode: "emulate", id, from: { session: first.id } });
    } else {
      first = (await begin(control, { from: { session: id } }))();
    }
  });
  hooks.afterAll(async () => {
    unpoint();
    await first?.end();
    await place?.().end();
    await lease?.release();
    place = first = lease = undefined;
  });
  return db;
}

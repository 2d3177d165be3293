/** One server for all workers: `globalSetup: "dynatape/setup"` of Vitest and of Jest. */

import { startServer } from "./server.js";

/** Starts it, and tells the workers. Vitest stops it with what is given back; with Jest, which does
 * not, it ends with the process. */
export default async function setup(): Promise<() => Promise<void>> {
  if (process.env["DYNATAPE_CONTROL"]) return async () => {};
  const db = await startServer();
  process.env["DYNATAPE_CONTROL"] = db.control;
  return async () => {
    delete process.env["DYNATAPE_CONTROL"];
    await db.stop();
  };
}

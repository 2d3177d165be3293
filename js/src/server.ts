import { Control } from "./control.js";
import { Database, OWN } from "./database.js";
import { serve } from "./process.js";
import type { Settings } from "./settings.js";

/** How a server is started. */
export interface ServerOptions extends Settings {
  /** Where it listens; a free port unless it is said. */
  port?: number;
  /** The program; see `findBinary`. */
  binary?: string;
}

/** Starts a server in another process and gives its database. It ends with `stop()`, at the latest
 * with this process. */
export async function startServer(options: ServerOptions = {}): Promise<Database> {
  const { port = 0, binary, ...settings } = options;
  const { endpoint, control, end } = await serve(settings, port, binary);
  const place = { control: new Control(control), id: OWN, endpoint, end };
  return new Database(() => place);
}

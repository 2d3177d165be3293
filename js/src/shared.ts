import { Control } from "./control.js";
import { serve, type Running } from "./process.js";
import type { Settings } from "./settings.js";

/** A server that is used, until it is given back. */
export interface Lease {
  control: Control;
  release(): Promise<void>;
}

interface Shared {
  running: Promise<Running>;
  users: number;
}

/** The servers that this process has started for its tests, by their settings. */
const servers = new Map<string, Shared>();

/** A server with these settings: the one that DYNATAPE_CONTROL names if they are none, else one
 * that whoever wants the same shares. The last one to give it back ends it. */
export async function acquire(settings: Settings = {}): Promise<Lease> {
  const url = process.env["DYNATAPE_CONTROL"];
  const key = JSON.stringify(settings);
  if (url && key === "{}") return { control: new Control(url), release: async () => {} };
  const shared = servers.get(key) ?? { running: serve(settings, 0), users: 0 };
  servers.set(key, shared);
  shared.users += 1;
  const release = async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    servers.delete(key);
    await (await shared.running).end();
  };
  try {
    return { control: new Control((await shared.running).control), release };
  } catch (error) {
    servers.delete(key);
    throw error;
  }
}

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Socket } from "node:net";

import { findBinary } from "./binary.js";
import { withoutOurs } from "./environment.js";
import { flags, type Settings } from "./settings.js";

/** A server in another process. */
export interface Running {
  endpoint: string;
  control: string;
  /** Ends it, and waits until it has ended. */
  end(): Promise<void>;
}

/** How long a server that was asked to end may take. */
const PATIENCE_MS = 5000;

/** Starts `dynatape serve`, and waits until it listens. It ends with this process, however that
 * ends: it reads its standard input, whose other end is here. */
export async function serve(settings: Settings, port: number, binary?: string): Promise<Running> {
  const program = binary ?? findBinary();
  const said = ["serve", `--port=${port}`, "--control=0", "--until-eof", ...flags(settings)];
  const child = spawn(program, said, { stdio: ["pipe", "pipe", "pipe"], env: withoutOurs() });
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
  });
  let complaints = "";
  let started = false;
  child.stderr.on("data", (bytes: Buffer) => {
    if (started) process.stderr.write(bytes);
    else complaints += bytes.toString();
  });
  // A server that has ended is told so by what is asked of it next.
  child.stdin.on("error", () => {});

  const told = new Map<string, string>();
  const listens = new Promise<void>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      const [, what, url] = /^(listening|control) on (\S+)$/.exec(line) ?? [];
      if (what && url) told.set(what, url);
      if (told.size === 2) resolve();
    });
  });
  const why = await Promise.race([listens, ended]);
  const [endpoint, control] = [told.get("listening"), told.get("control")];
  if (!endpoint || !control) {
    throw new Error(`cannot start ${program} ${said.join(" ")}: ${why}\n${complaints}`.trimEnd());
  }
  started = true;
  // It is no reason for this process to stay.
  child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref();
  return {
    endpoint,
    control,
    async end() {
      child.ref();
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

import { createHash, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

import { ControlError, type Control, type Session } from "./control.js";
import { clientConfig, newClient, type ClientConfig } from "./database.js";
import { pointAt } from "./environment.js";
import { acquire, type Lease } from "./shared.js";

/** What to do about a tape that is there: `auto` replays it, and records where there is none; `new`
 * asks the upstream what it does not answer; `rewrite` records all anew; `frozen` never records. */
export type Mode = "auto" | "new" | "rewrite" | "frozen";

/** How a cassette is recorded and replayed: as `dynatape record` and `dynatape replay`. */
export interface CassetteOptions {
  /** By default what DYNATAPE_RECORD says, or `auto`. */
  mode?: Mode;
  /** What is recorded: `aws`, `emulator` or a URL. By default what DYNATAPE_UPSTREAM says, or `aws`. */
  upstream?: string;
  /** The test file (`import.meta.url`, `__filename`) whose tape it is. */
  file?: string;
  region?: string;
  /** With the upstream `emulator`: files and folders to begin with. */
  load?: readonly string[];
  maxBytes?: string;
  /** Recorded reads that are never asked for fail the test. */
  strict?: boolean;
  /** Recorded writes that are never made do not. */
  allowUnused?: boolean;
  onMiss?: "fail" | "emulate";
  polls?: "last" | "faithful";
  repeats?: "last" | "first" | "cycle" | "strict";
  retries?: "fast" | "faithful";
  time?: "recorded" | "shift" | "live";
}

/** A cassette did not do what its test needs: requests that are not on the tape, recorded writes
 * that were not made, or a recording that is not accepted. The message says which, and why. */
export class CassetteError extends Error {
  override name = "CassetteError";
}

/** What answers a test from a tape, or while it is recorded. */
export class Cassette {
  /** @internal */
  constructor(
    /** Where the tape is. */
    readonly tape: string,
    /** What is being done. */
    readonly mode: "record" | "replay",
    readonly endpoint: string,
  ) {}

  /** For a client of the SDK: `new DynamoDBClient(tape.config)`. */
  get config(): ClientConfig {
    return clientConfig(() => this.endpoint);
  }

  /** A client of `@aws-sdk/client-dynamodb`. */
  client(): DynamoDBClient {
    return newClient(this.config);
  }
}

const LONGEST_NAME = 120;

/** The server of this process's cassettes, which ends with it: clients keep the endpoint that they
 * read first. */
let lease: Promise<Lease> | undefined;

/** Runs `body` with DynamoDB answering from a tape, or into one. `name` is that of the test: the
 * tape is `name.tape`, in a folder beside the test's `file`. Clients that were told no endpoint talk
 * to it. With `CI=true` nothing is recorded and nobody is asked. */
export async function cassette<T>(
  name: string,
  options: CassetteOptions,
  body: (tape: Cassette) => T | Promise<T>,
): Promise<T> {
  if (process.env["DYNATAPE_CONTROL"]) return play((await acquire()).control, name, options, body);
  lease ??= acquire();
  return play((await lease).control, name, options, body);
}

/** The same with this server. @internal */
export async function play<T>(
  control: Control,
  name: string,
  options: CassetteOptions,
  body: (tape: Cassette) => T | Promise<T>,
): Promise<T> {
  const tape = tapeOf(name, options.file);
  const { id, mode, endpoint } = await start(control, tape, options);
  const unpoint = pointAt(endpoint);
  let value: T;
  try {
    value = await body(new Cassette(tape, mode as Cassette["mode"], endpoint));
  } catch (error) {
    const ended = await control.stop(id, false);
    // What the test saw of it may be anything: it is told why.
    if (ended.misses?.length) throw new CassetteError(complaint(ended), { cause: error });
    throw error;
  } finally {
    unpoint();
  }
  const ended = await control.stop(id, true);
  if (ended.clean === false || ended.accepted === false) throw new CassetteError(complaint(ended));
  return value;
}

/** Where the tape of a test is. */
function tapeOf(name: string, file?: string): string {
  if (name.endsWith(".tape")) return resolve(name);
  const short = shortened(name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, ""), name);
  const path = file?.startsWith("file:") ? fileURLToPath(file) : file;
  if (path === undefined) return resolve(`${short}.tape`);
  const folder = basename(path).replace(/\.[cm]?[jt]sx?$/, "") + ".tapes";
  return resolve(dirname(path), folder, `${short}.tape`);
}

/** What a folder can hold as a name; where that is not all of it, with a hash of it. */
function shortened(text: string, name: string): string {
  if (text && text.length <= LONGEST_NAME) return text;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${text.slice(0, LONGEST_NAME)}-${hash}`;
}

/** The id of the sessions of this process: always the same while there is one at a time, so that
 * clients, which keep the endpoint that they read first, ask the session that there is. */
const ID = `cassette-${randomUUID()}`;

async function start(control: Control, tape: string, options: CassetteOptions): Promise<Session> {
  const wanted = told(tape, options);
  if (wanted["mode"] !== "replay") mkdirSync(dirname(tape), { recursive: true });
  try {
    return await control.start({ ...wanted, id: ID });
  } catch (error) {
    if (!(error instanceof ControlError && error.message.includes(ID))) throw error;
    return await control.start(wanted);
  }
}

/** The start of a session that is wanted. */
function told(tape: string, options: CassetteOptions): Record<string, unknown> {
  const mode = options.mode ?? process.env["DYNATAPE_RECORD"] ?? "auto";
  const upstream = options.upstream ?? process.env["DYNATAPE_UPSTREAM"] ?? "aws";
  const { region, load, maxBytes, strict, allowUnused, onMiss, polls, repeats, retries, time } =
    options;
  const replays = {
    strict,
    allow_unused: allowUnused,
    on_miss: onMiss,
    polls,
    repeats,
    retries,
    time,
  };
  const records = {
    upstream,
    region: region ?? (upstream === "aws" ? process.env["AWS_REGION"] : undefined),
    load: load?.map((path) => resolve(path)),
    max_bytes: maxBytes,
  };
  switch (mode) {
    case "frozen":
      return { mode: "replay", tape, ...replays };
    case "rewrite":
      return { mode: "record", tape, ...records };
    case "auto":
    case "new":
      return { mode, tape, ...records, ...replays };
    default:
      throw new CassetteError(`there is no mode ${mode}: auto, new, rewrite or frozen`);
  }
}

/** What is wrong with how a session ended. */
function complaint(ended: Session): string {
  const { misses = [], reasons = [], unused_writes = [], unused_reads = [], written } = ended;
  const parts = misses.map((miss) => miss.report.trimEnd());
  if (reasons.length > 0) parts.push(`the recording is not accepted: ${reasons.join("; ")}`);
  if (reasons.length > 0 && written) parts.push(`it is in ${written}`);
  if (misses.length === 0) {
    const unused = [...unused_writes, ...unused_reads];
    if (unused.length > 0) parts.push(`recorded, and not asked for: ${unused.join(", ")}`);
  }
  return parts.join("\n") || "the replay is not clean";
}

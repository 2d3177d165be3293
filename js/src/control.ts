import { ask } from "./ask.js";

/** A session of the control API, as it is told. */
export interface Session {
  id: string;
  mode: string;
  endpoint: string;
  /** Of a replay: whether nothing is to be complained about. */
  clean?: boolean;
  misses?: { id: string; asked: string; report: string }[];
  unused_writes?: string[];
  unused_reads?: string[];
  /** Of a recording that was stopped: whether it is the tape now. */
  accepted?: boolean;
  reasons?: string[];
  /** Where it was written to. */
  written?: string;
  recorded?: number;
}

/** The control API refused something. */
export class ControlError extends Error {
  override name = "ControlError";
  constructor(
    /** `Conflict`, `NotFound`, ... */
    readonly kind: string,
    message: string,
  ) {
    super(message);
  }
}

/** The control API of a running server (docs/control.md). */
export class Control {
  constructor(readonly url: string) {}

  start(session: Record<string, unknown>): Promise<Session> {
    return this.ask("POST", "/v1/sessions", session);
  }

  show(id: string): Promise<Session> {
    return this.ask("GET", `/v1/sessions/${id}`);
  }

  stop(id: string, ok: boolean): Promise<Session> {
    return this.ask("POST", `/v1/sessions/${id}/stop`, { ok });
  }

  async ask(method: string, path: string, body?: unknown): Promise<any> {
    let answer;
    try {
      answer = await ask(method, this.url + path, body);
    } catch (cause) {
      throw new Error(`nothing answers at ${this.url}: the server has ended`, { cause });
    }
    if (answer.status < 300) return answer.json;
    const { kind, message } = answer.json.error;
    throw new ControlError(kind, message);
  }
}

import { Agent, request, type OutgoingHttpHeaders } from "node:http";

/** An answer over HTTP. */
export interface Answer {
  status: number;
  json: any;
}

// Not `fetch`: in tests it may be missing (jsdom) or be somebody else's (mocks of it).
const agent = new Agent({ keepAlive: true });

/** Asks over HTTP, in JSON. */
export function ask(
  method: string,
  url: string,
  body?: unknown,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? "" : JSON.stringify(body);
    const length = Buffer.byteLength(sent);
    const options = { method, agent, headers: { ...headers, "content-length": length } };
    const asked = request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        try {
          const json = JSON.parse(Buffer.concat(chunks).toString() || "{}");
          resolve({ status: answer.statusCode ?? 0, json });
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.on("error", reject);
    asked.end(sent);
  });
}

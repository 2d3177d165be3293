// Writes every answer down as the HTTP handler gave it, before the SDK decodes it.
// One line each: operation, status, x-amz-crc32 (`-` when absent), whether it is right, body in base64.

import { appendFileSync } from "node:fs";
import { crc32 } from "node:zlib";

export function traceBodies(client, path) {
  const note = (next) => async (args) => {
    const result = await next(args);
    const { response } = result;
    const chunks = [];
    for await (const chunk of response.body) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    response.body = new Uint8Array(body);

    const sent = response.headers["x-amz-crc32"] ?? "-";
    const right = sent === String(crc32(body)) ? "yes" : "no";
    const operation = args.request.headers["x-amz-target"].split(".")[1];
    appendFileSync(path, `${operation} ${response.statusCode} ${sent} ${right} ${body.toString("base64")}\n`);
    return result;
  };
  // Low priority is nearest the wire: inside the deserialiser and anything else of this step.
  client.middlewareStack.add(note, { step: "deserialize", priority: "low", name: "traceBodies" });
}

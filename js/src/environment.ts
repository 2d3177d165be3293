/** What clients of the SDK read where they were not told: it points them at a server. */

const ENDPOINTS = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"];

/** What was there before, while something else is. */
const before = new Map<string, string | undefined>();

/** Credentials that nobody checks. */
export const CREDENTIALS = {
  accessKeyId: "DYNATAPEDUMMYKEY",
  secretAccessKey: "dynatape-dummy-secret",
};

/** The region that is asked where none is said. */
export function region(): string {
  return process.env["AWS_REGION"] || "us-east-1";
}

/** Points clients at `endpoint` that are told nothing else, with made-up credentials and a region
 * where there are none. The function that is given back undoes it. */
export function pointAt(endpoint: string): () => void {
  const ours: Record<string, string | undefined> = {
    // Where this is set, an SDK would ask AWS and nobody would notice.
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_REGION: region(),
  };
  for (const name of ENDPOINTS) ours[name] = endpoint;
  if (!process.env["AWS_ACCESS_KEY_ID"] && !process.env["AWS_PROFILE"]) {
    ours["AWS_ACCESS_KEY_ID"] = CREDENTIALS.accessKeyId;
    ours["AWS_SECRET_ACCESS_KEY"] = CREDENTIALS.secretAccessKey;
  }
  const changed = Object.keys(ours).map((name) => [name, process.env[name]] as const);
  const first = changed.filter(([name]) => !before.has(name));
  for (const [name, value] of first) before.set(name, value);
  for (const [name, value] of Object.entries(ours)) set(process.env, name, value);
  return () => {
    for (const [name, value] of changed) set(process.env, name, value);
    for (const [name] of first) before.delete(name);
  };
}

/** The environment as it would be without this module: a server that records from AWS signs with
 * the user's own credentials. */
export function withoutOurs(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const [name, value] of before) set(environment, name, value);
  return environment;
}

function set(environment: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value === undefined) delete environment[name];
  else environment[name] = value;
}

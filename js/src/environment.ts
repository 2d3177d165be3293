/** What clients of the SDK read where they were not told: it points them at a server. */

type Variables = Record<string, string | undefined>;

/** Credentials that nobody checks. */
export const CREDENTIALS = {
  accessKeyId: "DYNATAPEDUMMYKEY",
  secretAccessKey: "dynatape-dummy-secret",
};

/** Where clients are pointed at; of several at the same time, the last one counts. */
const endpoints: { url: string }[] = [];

/** What was there before the first of them. */
let before: Variables = {};

/** The region that is asked where none is said. */
export function region(): string {
  return process.env["AWS_REGION"] || "us-east-1";
}

/** Points clients at `url` that are told nothing else, with made-up credentials and a region where
 * there are none. The function that is given back undoes it. */
export function pointAt(url: string): () => void {
  const endpoint = { url };
  if (endpoints.length === 0) {
    const names = Object.keys(ours("", {}));
    before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  }
  endpoints.push(endpoint);
  apply();
  return () => {
    endpoints.splice(endpoints.indexOf(endpoint), 1);
    apply();
  };
}

/** The environment as it would be without this module: a server that records from AWS signs with
 * the user's own credentials. */
export function withoutOurs(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  if (endpoints.length > 0) set(environment, before);
  return environment;
}

function apply(): void {
  set(process.env, before);
  const last = endpoints.at(-1);
  if (last) set(process.env, ours(last.url, before));
}

function ours(url: string, before: Variables): Variables {
  const has = before["AWS_ACCESS_KEY_ID"] || before["AWS_PROFILE"];
  return {
    AWS_ENDPOINT_URL_DYNAMODB: url,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: url,
    // Where this is set, an SDK would ask AWS and nobody would notice.
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_REGION: before["AWS_REGION"] || "us-east-1",
    AWS_PROFILE: before["AWS_PROFILE"],
    AWS_ACCESS_KEY_ID: has ? before["AWS_ACCESS_KEY_ID"] : CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: has ? before["AWS_SECRET_ACCESS_KEY"] : CREDENTIALS.secretAccessKey,
  };
}

function set(environment: NodeJS.ProcessEnv, variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
}

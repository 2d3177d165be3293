/** How the emulator behaves: flags of `dynatape serve`, which describes them with `--help`. */
export interface Settings {
  createTableMs?: number;
  updateTableMs?: number;
  deleteTableMs?: number;
  /** `"real"`: everything takes the time that was observed on AWS. */
  timing?: string;
  replicationLagMs?: number;
  ttlDeleteMs?: number;
  streamShards?: number;
  streamShardMs?: number;
  throttle?: boolean;
  eventualLagMs?: number;
  /** The share of transactions that are cancelled because of a conflict, from 0 to 1. */
  conflicts?: number;
  enforcePolicies?: boolean;
  kinesisRoot?: string;
  s3Root?: string;
  account?: string;
  /** The same ids and the same conflicts on every run. */
  seed?: number;
  /** `"older"`, or a region whose wordings are followed. */
  validation?: string;
  /** What fails on purpose: `"PutItem/orders:ThrottlingException@2"`. */
  fault?: readonly string[];
}

/** `createTableMs: 200` as `--create-table-ms=200`; `true` is a flag without a value. */
export function flags(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const flag = "--" + name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    return [value].flat().map((one) => `${flag}=${one}`);
  });
}

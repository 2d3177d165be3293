/** A value of an item, as JavaScript has it. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | ExactNumber
  | Set<string>
  | Set<number | bigint | ExactNumber>
  | Set<Uint8Array>
  | Value[]
  | { [name: string]: Value };

/** An item, as JavaScript has it. */
export type Item = { [name: string]: Value };

/** A value in the form of the API's JSON: `{"S": "a"}`. */
export type AttributeValue = { [type: string]: any };

/** A number with a fraction that has more digits than JavaScript's numbers. */
export class ExactNumber {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** An item in the form of the API's JSON. Members that are `undefined` are left out. */
export function writeItem(item: Item): Record<string, AttributeValue> {
  const said = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said.map(([name, value]) => [name, write(value)]));
}

/** An item out of the API's JSON. */
export function readItem(item: Record<string, AttributeValue>): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, read(value)]));
}

function write(value: Value): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (isNumber(value)) return { N: digits(value) };
  if (value instanceof Uint8Array) return { B: base64(value) };
  if (value instanceof Set) return writeSet([...value]);
  if (Array.isArray(value)) return { L: value.map(write) };
  if (typeof value === "object") return { M: writeItem(value) };
  throw new TypeError(`no item has a ${typeof value}`);
}

function writeSet(members: (string | number | bigint | ExactNumber | Uint8Array)[]): AttributeValue {
  if (members.length === 0) throw new TypeError("a set has members in DynamoDB");
  const of = (is: (member: any) => boolean) => members.every(is);
  if (of((member) => typeof member === "string")) return { SS: members };
  if (of(isNumber)) return { NS: members.map((member) => digits(member as number)) };
  if (of((member) => member instanceof Uint8Array)) {
    return { BS: members.map((member) => base64(member as Uint8Array)) };
  }
  throw new TypeError("a set is of strings, or of numbers, or of binaries");
}

function read(value: AttributeValue): Value {
  const [type, told] = Object.entries(value)[0] ?? [];
  switch (type) {
    case "NULL":
      return null;
    case "S":
    case "BOOL":
      return told;
    case "N":
      return number(told);
    case "B":
      return binary(told);
    case "SS":
      return new Set<string>(told);
    case "NS":
      return new Set<number | bigint | ExactNumber>(told.map(number));
    case "BS":
      return new Set<Uint8Array>(told.map(binary));
    case "L":
      return told.map(read);
    case "M":
      return readItem(told);
    default:
      throw new TypeError(`no value of DynamoDB: ${JSON.stringify(value)}`);
  }
}

function isNumber(value: unknown): value is number | bigint | ExactNumber {
  return typeof value === "number" || typeof value === "bigint" || value instanceof ExactNumber;
}

function digits(value: number | bigint | ExactNumber): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`${value} is no number of DynamoDB`);
  }
  return value.toString();
}

/** A `number` where that is what it says, to the last digit. */
function number(text: string): number | bigint | ExactNumber {
  const near = Number(text);
  if (Number.isInteger(near) && !Number.isSafeInteger(near)) {
    return /^-?\d+$/.test(text) ? BigInt(text) : new ExactNumber(text);
  }
  // DynamoDB tells up to 38 digits, JavaScript's numbers are sure to keep 15.
  const significant = text.replace(/e.*$/i, "").replace(/[-.]/g, "").replace(/^0+|0+$/g, "");
  return significant.length <= 15 || String(near) === text ? near : new ExactNumber(text);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function binary(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

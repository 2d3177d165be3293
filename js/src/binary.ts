import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

const NAME = process.platform === "win32" ? "dynatape.exe" : "dynatape";

/** The program `dynatape`: the first that is there of what DYNATAPE_BIN says, the one of a package
 * for this platform, those in `node_modules/.bin` of this folder and those around it, and those on
 * the PATH. */
export function findBinary(from = process.cwd(), environment = process.env): string {
  const said = environment["DYNATAPE_BIN"];
  if (said) {
    if (isProgram(said)) return said;
    throw new Error(`DYNATAPE_BIN is ${said}, where there is no program`);
  }
  const found = [...packaged(), ...inProjects(from), ...onPath(environment)].find(isProgram);
  if (found) return found;
  throw new Error(
    "there is no program `dynatape`: neither on the PATH nor in node_modules/.bin. " +
      "Install it (`cargo install --path .` in its sources), or say where it is with DYNATAPE_BIN",
  );
}

function packaged(): string[] {
  try {
    const place = require.resolve(`@dynatape/${process.platform}-${process.arch}/package.json`);
    return [join(dirname(place), "bin", NAME)];
  } catch {
    return [];
  }
}

function inProjects(from: string): string[] {
  const up = dirname(from);
  const here = join(from, "node_modules", ".bin", NAME);
  return up === from ? [here] : [here, ...inProjects(up)];
}

function onPath(environment: NodeJS.ProcessEnv): string[] {
  // Windows calls it Path.
  const path = environment["PATH"] ?? environment["Path"] ?? "";
  return path.split(delimiter).filter(Boolean).map((folder) => join(folder, NAME));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

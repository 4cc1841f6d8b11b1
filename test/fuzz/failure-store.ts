/** Failing inputs as files, so that they can be run again. */
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isSurfaceName } from './surfaces/index.ts';
import type { AnySurfaceName, SurfaceName } from './surfaces/index.ts';
import type { InputFailure } from './worker.ts';

const SUFFIX = '.input';

/** A directory of its own, made with the first failure. */
export class FailureStore {
  #directory: string | null = null;
  #count = 0;

  /** Writes the input down; returns what to print. */
  keep(surface: AnySurfaceName, { index, bytes, error }: InputFailure): string {
    const where = index === null ? surface : `${surface}, input ${index}`;
    const lines = [`FAILED ${where}: ${error}`];
    if (bytes !== null) {
      this.#directory ??= mkdtempSync(path.join(tmpdir(), 'odradek-fuzz-'));
      const file = path.join(this.#directory, `${surface}-${++this.#count}${SUFFIX}`);
      writeFileSync(file, bytes);
      lines.push(`  again: npm run fuzz -- --surface ${surface} --replay ${file}`);
    }
    return lines.join('\n');
  }
}

export interface KeptInput {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The inputs in a file or a directory, by surface: the one that was asked for, or else the one that
 * the file's name begins with.
 */
export function readInputs(
  from: string,
  surfaces: readonly SurfaceName[],
): Map<SurfaceName, KeptInput[]> {
  const files = statSync(from).isDirectory()
    ? readdirSync(from)
        .filter((name) => name.endsWith(SUFFIX))
        .sort()
        .map((name) => path.join(from, name))
    : [from];
  const found = new Map<SurfaceName, KeptInput[]>();
  for (const file of files) {
    const named = path.basename(file).replace(/-\d+\.input$/, '');
    const [only, ...others] = surfaces;
    const surface = only !== undefined && others.length === 0 ? only : named;
    if (!isSurfaceName(surface)) {
      throw new TypeError(
        `${file} does not say by its name which surface it is for; add --surface`,
      );
    }
    const inputs = found.get(surface) ?? [];
    found.set(surface, inputs);
    inputs.push({ path: file, bytes: readFileSync(file) });
  }
  return found;
}

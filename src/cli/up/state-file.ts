import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError } from '../command-error.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What `up.json` says: who runs from a data directory, and where it listens. */
export interface UpState {
  readonly format: 1;
  /** `starting` until every process has said that it is ready. */
  readonly state: 'starting' | 'ready' | 'stopping';
  /** The `odradek up` that watches over the rest. */
  readonly supervisor: ProcessIdentity;
  readonly processes: readonly UpProcess[];
}

export interface UpProcess extends ProcessIdentity {
  /** `controller`, `broker-1`, … */
  readonly name: string;
  readonly grpc: string;
  readonly http: string;
  readonly dataDir: string;
  readonly log: string;
}

export class StateFile {
  readonly path: string;

  constructor(dataDirectory: string) {
    this.path = path.join(dataDirectory, 'up.json');
  }

  read(): UpState | null {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    const state = parse(text);
    if (state === null) {
      throw new CommandError(
        `${this.path} is not what \`odradek up\` writes; if nothing runs from there, remove it`,
      );
    }
    return state;
  }

  /** Makes the directory ours: fails if the file is there, so that of two at once one wins. */
  claim(state: UpState): void {
    const temporary = this.#writeBeside(state);
    try {
      linkSync(temporary, this.path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      throw new CommandError(`another \`odradek up\` has just taken ${path.dirname(this.path)}`, {
        code: 'DATA_DIRECTORY_IN_USE',
      });
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Replaces it in one step, so that a reader sees the old state or the new one. */
  write(state: UpState): void {
    renameSync(this.#writeBeside(state), this.path);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  #writeBeside(state: UpState): string {
    mkdirSync(path.dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`);
    return temporary;
  }
}

function parse(text: string): UpState | null {
  try {
    const value: unknown = JSON.parse(text);
    return isUpState(value) ? value : null;
  } catch {
    return null;
  }
}

function isUpState(value: unknown): value is UpState {
  return (
    isObject(value) &&
    value['format'] === 1 &&
    typeof value['state'] === 'string' &&
    isIdentity(value['supervisor']) &&
    Array.isArray(value['processes']) &&
    value['processes'].every(isIdentity)
  );
}

function isIdentity(value: unknown): boolean {
  return isObject(value) && typeof value['pid'] === 'number' && 'startTime' in value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Package {
  readonly version: string;
  /** Where its manifest lies; null if it has none. */
  readonly directory: string | null;
}

/** The manifest lies one directory further up from `dist/src/cli/` than from `src/cli/`. */
export function thisPackage(): Package {
  for (const candidate of ['../../package.json', '../../../package.json']) {
    const file = fileURLToPath(new URL(candidate, import.meta.url));
    try {
      const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
        return { version: String(manifest.version), directory: path.dirname(file) };
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return { version: 'unknown', directory: null };
}

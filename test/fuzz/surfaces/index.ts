/** Every surface, by name. */
import type { Surface } from '../surface.ts';
import { createLogFilesSurface } from './log-files.ts';
import { createMessagesSurface } from './messages.ts';
import { createMetadataSurface } from './metadata.ts';
import { createRecordsSurface } from './records.ts';

const SURFACES = {
  records: createRecordsSurface,
  'log-files': createLogFilesSurface,
  metadata: createMetadataSurface,
  messages: createMessagesSurface,
} as const satisfies Record<string, () => Promise<Surface>>;

export type SurfaceName = keyof typeof SURFACES;

export const SURFACE_NAMES = Object.keys(SURFACES) as SurfaceName[];

export function isSurfaceName(name: string): name is SurfaceName {
  return Object.hasOwn(SURFACES, name);
}

export function createSurface(name: SurfaceName): Promise<Surface> {
  return SURFACES[name]();
}

/** Every surface, by name. */
import type { Surface } from '../surface.ts';

/** In memory, then live. Each is loaded by the thread that runs it, which needs none of the others. */
const SURFACES = {
  records: async () => (await import('./records.ts')).createRecordsSurface(),
  'log-files': async () => (await import('./log-files.ts')).createLogFilesSurface(),
  metadata: async () => (await import('./metadata.ts')).createMetadataSurface(),
  messages: async () => (await import('./messages.ts')).createMessagesSurface(),
  config: async () => (await import('./config.ts')).createConfigSurface(),
  http2: async () => (await import('./http2.ts')).createHttp2Surface(),
  grpc: async () => (await import('./grpc.ts')).createGrpcSurface(),
  http: async () => (await import('./http.ts')).createHttpSurface(),
} as const satisfies Record<string, () => Promise<Surface>>;

/** For the harness's own test. */
const BUGS = {
  'self-test: throws': 'throws',
  'self-test: loops': 'loops',
  'self-test: waits': 'waits',
  'self-test: leaks': 'leaks',
  'self-test: refuses its seeds': 'refuses its seeds',
  'self-test: holds on to a timer': 'holds on to a timer',
} as const;

export type SurfaceName = keyof typeof SURFACES;
export type AnySurfaceName = SurfaceName | keyof typeof BUGS;

export const SURFACE_NAMES = Object.keys(SURFACES) as SurfaceName[];

/** Those that run a cluster and real connections. */
export const LIVE_SURFACE_NAMES: readonly SurfaceName[] = ['grpc', 'http'];

export function isSurfaceName(name: string): name is SurfaceName {
  return Object.hasOwn(SURFACES, name);
}

export async function createSurface(name: AnySurfaceName): Promise<Surface> {
  if (isSurfaceName(name)) return SURFACES[name]();
  return (await import('./self-test.ts')).createBuggySurface(BUGS[name]);
}

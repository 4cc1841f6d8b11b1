import { defineConfig } from 'vitest/config';

/**
 * `unit` is the quick loop: no sockets, no disk. `fault` runs the log on the misbehaving file system
 * and mutated bytes against everything that reads them. `simulator` runs whole clusters under seeds.
 * `integration` runs real processes on the built command, one file at a time so that they do not
 * steal each other's two cores.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/tidy.test.ts', 'test/unit/**/*.test.ts', 'test/scripts/**/*.test.ts'],
          pool: 'threads',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'fault',
          include: [
            'test/fault/**/*.test.ts',
            'test/issues/**/*.test.ts',
            'test/fuzz/**/*.test.ts',
          ],
          pool: 'threads',
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'simulator',
          include: ['test/sim/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          // Real processes on shared cores: a second try tells a machine that stalled from a bug,
          // and vitest says that it was needed.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

/**
 * Three projects. `unit`: what needs no running server, beside the file it tests.
 * `server`: what starts one, in its own process, at most three at a time. `nodes`: some of those suites again, before three
 * nodes on MongoDB. The browser journeys are Playwright's.
 */
import { defineConfig } from 'vitest/config'

/** Minutes of waiting for what takes time: only for who names them. */
const long = [
  'tests/faults/nodes.test.ts',
  'tests/faults/backup.test.ts',
  'tests/faults/nodes-polling.test.ts',
  'tests/faults/nodes-redis.test.ts',
  'tests/faults/restore.test.ts',
]
const isNamed = (file: string) => process.argv.some((argument) => argument.includes(file))
/** What crosses nodes: events, marks, members, presence, sessions, catching up. */
const onThreeNodes = ['members', 'presence', 'receipts', 'sessions', 'stale-equals-fresh', 'sync']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          environment: 'node',
          include: [
            'packages/*/src/**/*.test.ts',
            'tests/model/**/*.test.ts',
            'tests/torture/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          maxWorkers: 3,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'server',
          // After the unit tests: what starts servers takes long.
          sequence: { groupOrder: 1 },
          environment: 'node',
          include: [
            'tests/integration/**/*.test.ts',
            'tests/faults/**/*.test.ts',
            'tests/abuse/**/*.test.ts',
          ],
          exclude: long.filter((file) => !isNamed(file)),
          pool: 'forks',
          // What they test are servers: to read the modules anew for each file took a quarter of the time.
          isolate: false,
          // More than there are cores here: they often wait for each other's servers.
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'nodes',
          sequence: { groupOrder: 2 },
          environment: 'node',
          include: onThreeNodes.map((name) => `tests/integration/${name}.test.ts`),
          // Only for who asks, and not without a MongoDB.
          exclude: process.env['PALABRE_NODES'] === '1' && process.env['MONGODB_URL'] ? [] : ['**'],
          env: { NODES: '3', STORES: 'mongo' },
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})

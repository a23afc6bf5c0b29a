// Which store the servers of a run use: SQLite, or with `--store mongo` a database of its own at MONGODB_URL, which goes
// with the run.
import { join } from 'node:path'
import { MongoClient } from 'mongodb'

export interface BenchStore {
  environment(dataDir: string): Record<string, string>
  drop(): Promise<void>
}

/** @throws when the arguments name no store, or MongoDB is nowhere */
export function storeOf(args: readonly string[]): BenchStore {
  const at = args.indexOf('--store')
  const name = at < 0 ? 'sqlite' : args[at + 1]
  if (name === 'sqlite') return { environment: () => ({}), drop: () => Promise.resolve() }
  const given = process.env['MONGODB_URL']
  if (name !== 'mongo') throw new Error(`--store ${name ?? ''}: there are sqlite and mongo`)
  if (given === undefined) throw new Error('--store mongo needs MONGODB_URL')
  const url = new URL(given)
  url.pathname = `/palabre_bench_${process.pid}`
  return {
    environment: (dataDir) => ({ STORE: 'mongo', MONGODB_URL: url.href, KEYS_DIR: join(dataDir, 'keys') }),
    async drop() {
      const client = new MongoClient(url.href)
      try {
        await client.db().dropDatabase()
      } finally {
        await client.close()
      }
    },
  }
}

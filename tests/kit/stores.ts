// Which stores the tests run on. Fails closed: a name that is not known stops the run instead of testing nothing.
// MongoDB is where MONGODB_URL says, which `npm test` sets; without it, its suites are skipped, and counted so
// (`on-stores.ts`). Each server has a database of its own there, which goes with it.
import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'

/** What a server needs besides STORE to use each store that has never been used. */
const known = {
  sqlite: () => ({}),
  mongo: () => ({ MONGODB_URL: newDatabaseUrl() }),
} as const satisfies Record<string, () => Record<string, string>>

export type StoreName = keyof typeof known

/** All of them, or those that STORES names, with commas. */
export const stores: readonly StoreName[] = chosen(process.env['STORES'])

/** Why there is no such store to test on; null when there is. */
export function absenceOf(store: StoreName): string | null {
  return store === 'mongo' && mongoUrl() === undefined ? 'there is no MONGODB_URL' : null
}

/** The environment that makes a server use a new store of that name. */
export function storeEnvironment(store: StoreName): Readonly<Record<string, string>> {
  return { STORE: store, ...known[store]() }
}

/** Takes away what a server of that environment kept outside its data folder. */
export async function dropStore(environment: Readonly<Record<string, string>>): Promise<void> {
  const url = environment['MONGODB_URL']
  if (url === undefined) return
  const client = new MongoClient(url)
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}

function newDatabaseUrl(): string {
  const url = mongoUrl()
  if (url === undefined) throw new Error('there is no MONGODB_URL')
  const [, server = '', options = ''] = /^([^/]+\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(url) ?? []
  return `${server}/palabre_test_${randomBytes(6).toString('hex')}${options}`
}

function mongoUrl(): string | undefined {
  const url = process.env['MONGODB_URL']
  return url === '' ? undefined : url
}

function chosen(given: string | undefined): StoreName[] {
  const names = given === undefined ? Object.keys(known) : given.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !Object.hasOwn(known, name))
  if (unknown.length > 0 || names.length === 0) {
    throw new Error(
      `STORES names no store of ours: ${unknown.join(', ')} (there are ${Object.keys(known).join(', ')})`,
    )
  }
  // Who names a store wants it tested, not skipped.
  const absent =
    given === undefined ? undefined : (names as StoreName[]).find((name) => absenceOf(name) !== null)
  if (absent !== undefined) throw new Error(`STORES names ${absent}, but ${absenceOf(absent)}`)
  return names as StoreName[]
}

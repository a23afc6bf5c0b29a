// Which stores the tests run on. Fails closed: a name that is not known stops the run instead of testing nothing.

/** The environment that makes a server use each store. */
const known = {
  sqlite: { STORE: 'sqlite' },
} as const satisfies Record<string, Record<string, string>>

export type StoreName = keyof typeof known

/** For `describe.each(stores)`: all of them, or those that STORES names, with commas. */
export const stores: readonly StoreName[] = chosen(process.env['STORES'])

export function storeEnvironment(store: StoreName): Readonly<Record<string, string>> {
  return known[store]
}

function chosen(given: string | undefined): StoreName[] {
  const names = given === undefined ? Object.keys(known) : given.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !Object.hasOwn(known, name))
  if (unknown.length > 0 || names.length === 0) {
    throw new Error(
      `STORES names no store of ours: ${unknown.join(', ')} (there are ${Object.keys(known).join(', ')})`,
    )
  }
  return names as StoreName[]
}

// Databases on MongoDB for one test file: one a place, made when it is first asked for, all dropped at the end.
import { dropStore, storeEnvironment } from './stores.ts'

export interface Databases {
  /** The same place again is the same database. */
  urlOf(place: string): string
  drop(): Promise<void>
}

export function createDatabases(): Databases {
  const environments = new Map<string, Readonly<Record<string, string>>>()

  return {
    urlOf(place) {
      const environment = environments.get(place) ?? storeEnvironment('mongo')
      environments.set(place, environment)
      return environment['MONGODB_URL'] ?? ''
    },
    async drop() {
      for (const environment of environments.values()) await dropStore(environment)
      environments.clear()
    },
  }
}

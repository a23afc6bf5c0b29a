// In the place of store/sqlite/connection.ts: the one database of this history, in memory. Written and read in one thread,
// so readers see what is committed. A statement is prepared when it is first used: of the store's, a short history needs few.
import type { Database, Statement } from 'better-sqlite3'
import { stage } from '../stage.ts'

export * from '../../../packages/server/src/store/sqlite/connection.ts'

export const openWriter = () => lazily(stage().database)
export const openReader = () => lazily(stage().database)
export const openLock = () => ({ close: () => undefined })

/** What a statement does; everything else says how, and answers the statement. */
const uses = new Set<PropertyKey>(['run', 'get', 'all', 'iterate'])

function lazily(database: Database): Database {
  const prepare = (sql: string) => later(() => database.prepare(sql))
  return new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') return prepare
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

type Method = (...given: unknown[]) => unknown

function later(prepare: () => Statement): Statement {
  const said: [name: PropertyKey, given: unknown[]][] = []
  let statement: Statement | null = null

  function prepared(): Statement {
    if (statement !== null) return statement
    statement = prepare()
    for (const [name, given] of said) (Reflect.get(statement, name) as Method).apply(statement, given)
    return statement
  }

  const own: Record<PropertyKey, Method> = {}
  return new Proxy({} as Statement, {
    get(_, name, self) {
      return (own[name] ??= uses.has(name)
        ? (...given) => (Reflect.get(prepared(), name) as Method).apply(statement, given)
        : (...given) => {
            if (statement === null) said.push([name, given])
            else (Reflect.get(statement, name) as Method).apply(statement, given)
            return self as unknown
          })
    },
  })
}

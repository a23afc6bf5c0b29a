// The connection to MongoDB, with the settings of SECURITY §4.9. The only file of the store that makes a client.
// What the driver throws becomes STORE_UNAVAILABLE here, for every port alike; what is under way is waited for at the
// end, and nothing begins after it.
// Every write is durable on a majority before it answers (P1), and every read sees only what is: a repeat or a refusal
// that was concluded from something that a failover takes back would be a lie.
import { MongoClient, MongoError, type Db, type MongoClientOptions } from 'mongodb'
import { PalabreError } from '@palabre/protocol'

export interface Connection {
  readonly client: MongoClient
  readonly db: Db
  /** The same port, whose methods are waited for by `close`, and throw what the protocol knows. */
  guarded<T extends Methods<T>>(port: T): T
  /** Refuses everything whenever that is false. */
  onlyWhile(mayRun: () => boolean): void
  /** Waits for what is under way, then closes; whatever is asked for later is refused. `last`: done in between. */
  close(last?: () => Promise<void>): Promise<void>
}

type Methods<T> = { [K in keyof T]: (...args: never[]) => Promise<unknown> }

const settings = {
  appName: 'palabre',
  compressors: ['none'],
  ignoreUndefined: false,
  maxPoolSize: 50,
  connectTimeoutMS: 5_000,
  serverSelectionTimeoutMS: 5_000,
  // A server that has vanished without a word is noticed by this.
  heartbeatFrequencyMS: 5_000,
  socketTimeoutMS: 60_000,
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
  retryReads: true,
  retryWrites: true,
} as const satisfies MongoClientOptions

/** Where the URL names no database. */
const databaseName = 'palabre'

/** @throws when no server answers, or it refuses */
export async function connect(url: string, options: MongoClientOptions = {}): Promise<Connection> {
  try {
    const client = new MongoClient(url, { ...settings, compressors: [...settings.compressors], ...options })
    await client.connect()
    return connectionOver(client, client.db(databaseOf(url)))
  } catch (cause) {
    // The driver's words name hosts and options, never what is before the @.
    const why = cause instanceof Error ? cause.message : 'for a reason that it does not say'
    throw new Error(`MongoDB at MONGODB_URL cannot be used: ${why}.`, { cause })
  }
}

/** A connection that somebody else has opened. */
function connectionOver(client: MongoClient, db: Db): Connection {
  let underWay = 0
  let isClosing = false
  let whenIdle: (() => void) | null = null
  let mayRun = () => true

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (isClosing) throw new PalabreError('STORE_UNAVAILABLE', { cause: new Error('the store is closed') })
    if (!mayRun())
      throw new PalabreError('STORE_UNAVAILABLE', { cause: new Error('somebody may have taken it') })
    underWay += 1
    try {
      return await work()
    } catch (error) {
      throw error instanceof MongoError ? new PalabreError('STORE_UNAVAILABLE', { cause: error }) : error
    } finally {
      underWay -= 1
      if (underWay === 0) whenIdle?.()
    }
  }

  return {
    client,
    db,
    guarded<T extends Methods<T>>(port: T): T {
      const guardedPort = { ...port }
      for (const name of Object.keys(port) as (keyof T)[]) {
        const method = port[name]
        guardedPort[name] = ((...args: never[]) => run(() => method(...args))) as T[keyof T]
      }
      return guardedPort
    },
    onlyWhile(may) {
      mayRun = may
    },
    async close(last) {
      isClosing = true
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          whenIdle = resolve
        })
      }
      try {
        await last?.()
      } finally {
        await client.close()
      }
    },
  }
}

/** The database that a URL names. */
function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/u.exec(url)?.[1]
  return path === undefined ? databaseName : decodeURIComponent(path)
}

// A link through Redis: sharded publish and subscribe, on two connections. It never waits and never keeps what it could
// not say: a connection that is gone loses words, and comes back by itself with its subscriptions.
//
//     down ──connect──► up ──end, error, or silence──► down ──after a while, with jitter──► …
//
// The silence is noticed by who listens (`neighbours.ts`) and by a deadline on every answer, since a Redis that is
// stopped, or a cable that is cut, closes nothing.
import { createClient, type RedisClientType } from 'redis'
import type { Hearer, Link } from './link.ts'

const connectMs = 2_000
/** An answer later than this is none: the connection is given up. */
const answerMs = 3_000
/** Words on their way to Redis; beyond that they are lost at once, so that a slow Redis fills no memory. */
const unansweredMax = 5_000
/** Channels of one command. */
const perCommand = 500
const again = { firstMs: 100, longestMs: 2_000 }

export interface RedisOptions {
  /** `redis://` or `rediss://`, with user and password. */
  url: string
  /** PEM certificates to trust besides the usual ones. */
  ca?: string | undefined
  /** Told once for each time that Redis was lost and found, without the URL. */
  onState?(isUp: boolean, reason: string): void
}

export interface RedisLink extends Link {
  /** The connection for commands, while there is one. */
  commands(): RedisClientType | null
}

export function createRedisLink(options: RedisOptions): RedisLink {
  /** What should be heard. Outlives connections. */
  const wanted = new Map<string, Hearer>()
  const subscribed = new Set<string>()
  const changed = new Set<string>()
  let losses = 0
  let unanswered = 0
  /** When the first of them was said, or Redis answered last. */
  let waitingSince = 0
  let wasUp: boolean | null = null
  let settling: Promise<void> | null = null

  const commands = keepConnected(options, {
    onUp: report,
    onDown(reason) {
      unanswered = 0
      report(reason)
    },
  })
  const listening = keepConnected(options, {
    onUp() {
      for (const channel of wanted.keys()) changed.add(channel)
      settle()
      report()
    },
    onDown(reason) {
      losses += 1
      subscribed.clear()
      report(reason)
    },
  })

  function isUp(): boolean {
    return commands.client() !== null && listening.client() !== null
  }

  function report(reason = '') {
    if (isUp() === wasUp) return
    wasUp = isUp()
    options.onState?.(wasUp, reason)
  }

  /** Makes the subscriptions follow what is wanted, one command at a time, all channels of a moment together. */
  function settle() {
    settling ??= Promise.resolve()
      .then(async () => {
        for (;;) {
          const client = listening.client()
          if (client === null || changed.size === 0) return
          const some = [...changed].slice(0, perCommand)
          for (const channel of some) changed.delete(channel)
          const more = some.filter((channel) => wanted.has(channel) && !subscribed.has(channel))
          const less = some.filter((channel) => !wanted.has(channel) && subscribed.has(channel))
          for (const channel of more) subscribed.add(channel)
          for (const channel of less) subscribed.delete(channel)
          if (more.length > 0) await inTime(client.sSubscribe(more, hear, true))
          if (less.length > 0) await inTime(client.sUnsubscribe(less))
        }
      })
      .catch(() => listening.giveUp('a subscription was not answered'))
      .finally(() => {
        settling = null
        if (changed.size > 0 && listening.client() !== null) settle()
      })
  }

  function hear(word: Buffer, rawChannel: Buffer) {
    const channel = rawChannel.toString('utf8')
    wanted.get(channel)?.(word, channel)
  }

  return {
    publish(channel, word) {
      const client = commands.client()
      if (client === null) return false
      if (unanswered > 0 && performance.now() - waitingSince > answerMs) commands.giveUp('no answer')
      if (commands.client() === null || unanswered >= unansweredMax) return false
      if (unanswered === 0) waitingSince = performance.now()
      unanswered += 1
      client.sPublish(channel, word).then(
        () => {
          if (commands.client() !== client) return
          unanswered -= 1
          waitingSince = performance.now()
        },
        (error: Error) => {
          if (commands.client() === client) commands.giveUp(error.message)
        },
      )
      return true
    },
    subscribe(channel, hearer) {
      wanted.set(channel, hearer)
      changed.add(channel)
      settle()
    },
    unsubscribe(channels) {
      for (const channel of [channels].flat()) {
        wanted.delete(channel)
        changed.add(channel)
      }
      settle()
    },
    async settled(withinMs) {
      if (settling === null) return
      await inTime(settling, withinMs).catch(() => undefined)
    },
    isUp,
    losses: () => losses,
    renew: () => listening.giveUp('nothing was heard'),
    commands: () => commands.client(),
    async close() {
      await Promise.all([commands.close(), listening.close()])
    },
  }
}

interface Kept {
  client(): RedisClientType | null
  /** Drops the connection that there is; another one follows. */
  giveUp(reason: string): void
  close(): Promise<void>
}

/** A client that is made anew whenever it is lost, so that nothing of the last one stays. */
function keepConnected(options: RedisOptions, on: { onUp(): void; onDown(reason: string): void }): Kept {
  let ready: RedisClientType | null = null
  let current: RedisClientType | null = null
  let isClosed = false
  let attempt = 0
  let timer: NodeJS.Timeout | undefined

  function connect() {
    const client = newClient(options)
    current = client
    client.on('error', (error: Error) => lost(client, error.message))
    client.on('end', () => lost(client, 'closed'))
    client.connect().then(
      () => {
        if (current !== client || isClosed) return client.destroy()
        attempt = 0
        ready = client
        on.onUp()
      },
      (error: unknown) => lost(client, error instanceof Error ? error.message : 'unreachable'),
    )
  }

  function lost(client: RedisClientType, reason: string) {
    if (current !== client) return
    current = null
    ready = null
    if (client.isOpen) client.destroy()
    on.onDown(reason)
    if (isClosed) return
    const ceiling = Math.min(again.longestMs, again.firstMs * 2 ** attempt)
    attempt = Math.min(attempt + 1, 10)
    timer = setTimeout(connect, ceiling / 2 + (Math.random() * ceiling) / 2)
    timer.unref()
  }

  connect()
  return {
    client: () => ready,
    giveUp(reason) {
      if (ready !== null) lost(ready, reason)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      const client = current
      current = null
      ready = null
      if (client?.isReady === true) await inTime(client.close(), connectMs).catch(() => undefined)
      if (client?.isOpen === true) client.destroy()
    },
  }
}

function newClient({ url, ca }: RedisOptions): RedisClientType {
  return createClient({
    url,
    name: 'palabre',
    disableOfflineQueue: true,
    commandsQueueMaxLength: unansweredMax * 2,
    socket: {
      connectTimeout: connectMs,
      reconnectStrategy: false,
      noDelay: true,
      ...(ca !== undefined && url.startsWith('rediss:') && { tls: true as const, ca }),
    },
  })
}

/** The answer, or a refusal after a while. */
export async function inTime<T>(answer: Promise<T>, withinMs = answerMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error('too late')), withinMs)
    timer.unref()
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

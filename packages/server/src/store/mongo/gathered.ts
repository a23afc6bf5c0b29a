// Questions about one thing each that are asked in the same turn of the event loop go to the database as one question
// about all of them: a list of fifty conversations asks once, not fifty times. Each question begins after everybody has
// asked, so no answer is older than whoever asked for it. Keeps no answer.

interface Waiting<V> {
  promise: Promise<V | null>
  resolve: (value: V | null) => void
  reject: (error: unknown) => void
}

/** Things one question is about, at most. */
const mostAtOnce = 100

/** @param askAll answers what there is; null is answered for the rest */
export function gathered<K, V>(
  askAll: (keys: K[]) => Promise<ReadonlyMap<K, V>>,
): (key: K) => Promise<V | null> {
  let gathering = new Map<K, Waiting<V>>()

  async function ask(all: [K, Waiting<V>][]): Promise<void> {
    try {
      const found = await askAll(all.map(([key]) => key))
      for (const [key, { resolve }] of all) resolve(found.get(key) ?? null)
    } catch (error) {
      for (const [, { reject }] of all) reject(error)
    }
  }

  function askNow(): void {
    const all = [...gathering]
    gathering = new Map()
    for (let at = 0; at < all.length; at += mostAtOnce) void ask(all.slice(at, at + mostAtOnce))
  }

  return (key) => {
    const there = gathering.get(key)
    if (there !== undefined) return there.promise
    const { promise, resolve, reject } = waiting<V | null>()
    // Whoever is called in this turn, and in what follows from it, may still ask.
    if (gathering.size === 0) setImmediate(askNow)
    gathering.set(key, { promise, resolve, reject })
    return promise
  }
}

/** A promise that somebody else settles. */
function waiting<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((settle, refuse) => {
    resolve = settle
    reject = refuse
  })
  return { promise, resolve, reject }
}

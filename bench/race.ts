// `MONGODB_URL=… npx tsx bench/race.ts`: two nodes' stores on one MongoDB append to the same conversations without a
// pause. Prints appends a second of each, and looks whether the numbers are dense. Shares count; absolute figures are
// this machine's.
import { MongoClient } from 'mongodb'
import type { ConversationId } from '@palabre/protocol'
import { allOf, group, persons, textBy, upTo } from '../packages/server/src/store/contract/kit.ts'
import { openMongoStore } from '../packages/server/src/store/mongo/open.ts'
import { storeEnvironment } from '../tests/kit/stores.ts'

const forMs = 4_000
const url = storeEnvironment('mongo')['MONGODB_URL'] ?? ''

async function main(): Promise<void> {
  const nodes = await Promise.all([openMongoStore({ url }), openMongoStore({ url })])
  const [node] = nodes
  const [alice, bob] = await persons(node, 2)
  if (alice === undefined || bob === undefined) throw new Error('nobody')
  const ids = await Promise.all(upTo(50).map((number) => group(node, alice, [bob], `Race ${number}`)))

  async function race(among: ConversationId[], writers: number): Promise<void> {
    const until = performance.now() + forMs
    const stored = await Promise.all(
      nodes.map(async (store, index) => {
        const sender = index === 0 ? alice : bob
        const write = async (writer: number): Promise<number> => {
          let count = 0
          for (; performance.now() < until; count += 1) {
            const id = among[(writer + count) % among.length]
            if (id !== undefined && sender !== undefined) await store.log.append(textBy(sender, id, 'race'))
          }
          return count
        }
        return (await Promise.all(upTo(writers).map(write))).reduce((sum, count) => sum + count, 0)
      }),
    )
    const [first, second] = stored.map((count) => Math.round((1_000 * count) / forMs))
    console.log(
      `${among.length} conversations, ${writers} writers a node: ${first} and ${second} appends a second`,
    )
  }

  try {
    for (const writers of [1, 8, 32]) await race(ids.slice(0, 1), writers)
    await race(ids, 32)
    for (const id of ids) {
      const messages = await allOf(node, id)
      const isDense = messages.every(({ seq, rev }, index) => seq === index + 1 && rev === index + 1)
      if (!isDense) throw new Error(`a number is missing, or there twice: ${id}`)
    }
    console.log('every number from 1 on, once')
  } finally {
    await Promise.all(nodes.map((store) => store.close()))
    const client = new MongoClient(url)
    await client.db().dropDatabase()
    await client.close()
  }
}

await main()

import { afterAll, describe, expect, test } from 'vitest'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import { group, person, upTo } from '../contract/kit.ts'
import { connect } from './connection.ts'
import { gathered } from './gathered.ts'
import { storeOver } from './open.ts'

describe('questions of one turn', () => {
  /** Answers each number's square, and notes what it was asked. */
  function squares() {
    const asked: number[][] = []
    const squareOf = gathered(async (numbers: number[]) => {
      asked.push(numbers)
      if (numbers.includes(13)) throw new Error('unlucky')
      return new Map(numbers.filter((number) => number > 0).map((number) => [number, number * number]))
    })
    return { asked, squareOf }
  }

  test('are one question, each thing once, and what is not there is null', async () => {
    const { asked, squareOf } = squares()
    const later = async (number: number) => squareOf(await Promise.resolve(number))
    expect(await Promise.all([squareOf(2), squareOf(3), squareOf(2), squareOf(-1), later(4)])).toEqual([
      4,
      9,
      4,
      null,
      16,
    ])
    expect(asked).toEqual([[2, 3, -1, 4]])
  })

  test('are not answered from an earlier one, and many are several', async () => {
    const { asked, squareOf } = squares()
    await squareOf(2)
    await squareOf(2)
    expect(asked).toEqual([[2], [2]])
    await Promise.all(upTo(250).map((number) => squareOf(number + 100)))
    expect(asked.slice(2).map((numbers) => numbers.length)).toEqual([100, 100, 50])
  })

  test('fail together, and not those of the next turn', async () => {
    const { squareOf } = squares()
    expect((await Promise.allSettled([squareOf(12), squareOf(13)])).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ])
    expect(await squareOf(12)).toBe(144)
  })
})

describe.skipIf(absenceOf('mongo'))('on MongoDB', () => {
  const databases = createDatabases()
  afterAll(() => databases.drop())

  test('members, headers and marks of thirty conversations take as many commands as those of one', async () => {
    const connection = await connect(databases.urlOf('gathered'), { monitorCommands: true })
    let commands = 0
    connection.client.on('commandStarted', () => (commands += 1))
    const store = await storeOver(connection)
    const [alice, bob] = [await person(store), await person(store)]
    const ids = await Promise.all(upTo(30).map(() => group(store, alice, [bob])))

    async function costOf(some: typeof ids): Promise<number> {
      const before = commands
      await Promise.all(
        some.map(async (id) => {
          expect((await store.members.one(id, bob.id))?.role).toBe('member')
          expect((await store.conversations.byId(id))?.lastSeq).toBe(1)
          expect(await store.members.page(id, 20, 0)).toHaveLength(2)
          expect((await store.receipts.ofConversation(id)).size).toBe(2)
        }),
      )
      return commands - before
    }
    const one = await costOf(ids.slice(0, 1))
    expect(one).toBeGreaterThan(0)
    expect(await costOf(ids)).toBe(one)
    await store.close()
  })
})

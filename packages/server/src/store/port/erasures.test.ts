import { expect, test } from 'vitest'
import { limits, type UserId } from '@palabre/protocol'
import { ledgerAfterRestore, type ErasureRow } from './erasures.ts'

const now = 1_000_000
const of = (userId: string, state: ErasureRow['state']): ErasureRow => ({
  userId: userId as UserId,
  messages: 'erase',
  requestedAt: 1,
  dueAt: 2,
  state,
  nameHash: '',
  nameUntil: 3,
  doneAt: state === 'done' ? 4 : null,
})
const after = (held: ErasureRow[], copied: ErasureRow[], known: string[] = []) =>
  ledgerAfterRestore(held, copied, (id) => known.includes(id), now).map(
    ({ userId, state, dueAt, doneAt }) => {
      return { userId, state, isLater: dueAt >= now + limits.erasureGraceMs, doneAt }
    },
  )

test('[ERASE-5] whom a restore brings back is erased again; who had stayed, stays; who waits has the whole grace', () => {
  expect(after([of('a', 'done')], [])).toMatchObject([{ userId: 'a', state: 'running', doneAt: null }])
  expect(after([of('a', 'done')], [of('a', 'waiting')])).toMatchObject([{ state: 'running' }])
  expect(after([], [of('a', 'done')])).toMatchObject([{ state: 'running' }])
  // Taken back since: the store that knows them has no row.
  expect(after([], [of('a', 'waiting')], ['a'])).toEqual([])
  // A new machine knows nobody.
  expect(after([], [of('a', 'waiting')])).toMatchObject([{ state: 'waiting', isLater: true }])
  expect(after([of('a', 'waiting')], [])).toMatchObject([{ state: 'waiting', isLater: true }])
})

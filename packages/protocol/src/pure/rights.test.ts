// Who may do what in a group: the usual rights, those that were set, and what no right touches.
import { expect, test } from 'vitest'
import { allowedIn, mayDo, rightFor } from './rights.ts'

test('[GRP-1] without a word everyone sends and pins, and admins edit and add', () => {
  const group = { kind: 'group', settings: {} } as const
  const may = (role: 'owner' | 'admin' | 'member') =>
    (['send', 'edit', 'pin', 'add'] as const).filter((right) => mayDo(group, role, right))
  expect(may('member')).toEqual(['send', 'pin'])
  expect(may('admin')).toEqual(['send', 'edit', 'pin', 'add'])
  expect(may('owner')).toEqual(['send', 'edit', 'pin', 'add'])
})

test('[GRP-1] what was said holds for that right alone, never for admins, and not between two', () => {
  const rights = { send: 'admins', add: 'everyone' } as const
  const group = { kind: 'group', settings: { rights } } as const
  expect(mayDo(group, 'member', 'send')).toBe(false)
  expect(mayDo(group, 'member', 'add')).toBe(true)
  expect(mayDo(group, 'admin', 'send')).toBe(true)
  expect(allowedIn(group, 'edit')).toBe('admins')
  expect(mayDo({ kind: 'direct', settings: { rights } }, 'member', 'send')).toBe(true)
})

test('[GRP-2] leaving, removing and roles are no right that can be granted', () => {
  for (const event of ['member_left', 'member_removed', 'role_changed', 'right_changed'] as const) {
    expect(rightFor(event)).toBeNull()
  }
  expect(rightFor(null)).toBe('send')
  expect(rightFor('timer_changed')).toBe('edit')
})

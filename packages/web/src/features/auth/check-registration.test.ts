// The sign-up form says what is wrong, field by field, before anything is sent.
import { expect, test } from 'vitest'
import { checkRegistration, cleanUsername } from './check-registration.ts'

const right = { displayName: 'Ellen Fitzgerald', username: 'ellen.fitz', password: 'a long enough sentence' }

test('a good registration has nothing wrong', () => {
  expect(checkRegistration(right)).toEqual({})
  expect(checkRegistration({ ...right, username: '  Ellen.Fitz ' })).toEqual({})
  expect(cleanUsername('  Ellen.Fitz ')).toBe('ellen.fitz')
})

test.each([
  [{ displayName: '  ' }, { displayName: 'nameMissing' }],
  [{ displayName: 'El\u202elen' }, { displayName: 'nameHidden' }],
  [{ username: '' }, { username: 'usernameMissing' }],
  [{ username: 'el' }, { username: 'usernameShort' }],
  [{ username: 'e'.repeat(33) }, { username: 'usernameLong' }],
  [{ username: 'ellen fitz' }, { username: 'usernameLetters' }],
  [{ username: '.ellen' }, { username: 'usernameLetters' }],
  [{ password: 'eleven char' }, { password: 'passwordShort' }],
  [{ password: '🔑'.repeat(300) }, { password: 'passwordLong' }],
])('%o gives %o', (change, wrong) => {
  expect(checkRegistration({ ...right, ...change })).toEqual(wrong)
})

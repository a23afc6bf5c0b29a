// `palabre people …`: who has an account, and all that an operator does for one or with one, while the server runs: for
// scripts, and for whoever is locked out. Servers hear of an ended session within half a minute. Nobody's password is ever
// seen or set here: a code is made, with which its owner sets one.
import { AccountRole, PalabreError, limits, type UserId } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import { makeResetCode } from '../features/recovery.ts'
import type { Aside } from '../store/port/aside.ts'
import type { PersonRow } from '../store/port/overview.ts'
import type { Command } from './command.ts'
import { invite } from './invite.ts'
import { amount, day, sayRows, type Row } from './rows.ts'
import { createTerminal, exitCodes, type Terminal } from './terminal.ts'
import { withAside } from './wiring.ts'

const page = 200
const byCommand = { now: Date.now, userId: null }

interface Wish {
  store: Aside
  userId: UserId
  dropsFactors: boolean
  role: AccountRole | null
}

/** What was done, as a sentence for people and as fields for scripts. */
interface Done {
  sentence: string
  row: Row
}

const acts: Readonly<Record<string, (wish: Wish) => Promise<Done>>> = {
  async suspend({ store, userId }) {
    if (!(await store.overview.suspend(userId, Date.now()))) throw new Error('There is nobody to suspend.')
    const ended = (await store.sessions.endOthers(userId, null)).length
    await record({ store, ...byCommand }, { act: 'person_suspended', subjectId: userId })
    return { sentence: 'Suspended, and signed out everywhere.', row: { suspended: true, ended } }
  },
  async readmit({ store, userId }) {
    if (!(await store.overview.suspend(userId, null))) throw new Error('There is nobody to let in.')
    await record({ store, ...byCommand }, { act: 'person_readmitted', subjectId: userId })
    return { sentence: 'They may sign in again.', row: { suspended: false } }
  },
  async 'sign-out'({ store, userId }) {
    const ended = (await store.sessions.endOthers(userId, null)).length
    await record({ store, ...byCommand }, { act: 'sessions_ended', subjectId: userId, details: { ended } })
    return { sentence: `Devices that were signed out: ${ended}.`, row: { ended } }
  },
  async reset({ store, userId, dropsFactors }) {
    const { code, expiresAt } = await makeResetCode({ store, ...byCommand }, userId, dropsFactors)
    const minutes = limits.resetMs / 60_000
    const rest = `Good for ${minutes} minutes, once, at /reset on this server. Make sure that it is they who ask.`
    return { sentence: `${code}\n${rest}`, row: { code, expiresAt } }
  },
  async role({ store, userId, role }) {
    if (role === null) throw new Error('ROLE is operator or member.')
    try {
      await store.users.setRole(userId, role)
    } catch (error) {
      if (!(error instanceof PalabreError && error.code === 'OPERATOR_REQUIRED')) throw error
      throw new Error('A server needs an operator: make somebody else one first.', { cause: error })
    }
    await record({ store, ...byCommand }, { act: 'role_changed', subjectId: userId, details: { role } })
    return { sentence: `Done: ${role}.`, row: { role } }
  },
}

export const people: Command = {
  usage: 'people list [PREFIX] | invite | suspend|readmit|sign-out|reset|role NAME',
  about:
    'Accounts: lists them (by a name’s beginning); invites; suspends NAME, lets them in again, signs them out; makes a ' +
    'code for a new password (--factors: takes second factors away too); gives a ROLE. --json for scripts.',
  options: {
    json: { type: 'boolean' },
    factors: { type: 'boolean' },
    ...invite.options,
  },
  words: { min: 1, max: 3 },
  async run(call) {
    const { words, options, env } = call
    const terminal = createTerminal(false)
    const isJson = options['json'] === true
    const [what = '', name, third, ...more] = words
    if (what === 'invite' && name === undefined) return invite.run(call)
    const act = Object.hasOwn(acts, what) ? acts[what] : undefined
    const role = AccountRole.safeParse(third)
    const isList = what === 'list' && third === undefined
    const isAct = act !== undefined && name !== undefined && role.success === (what === 'role')
    const isLong = more.length > 0 || (third !== undefined && what !== 'role')
    if ((!isList && !isAct) || isLong) {
      terminal.complain(`palabre ${people.usage}`)
      return exitCodes.usage
    }
    return withAside(terminal, env, async (store) => {
      if (act === undefined) return list(terminal, store, name ?? null, isJson)
      const username = (name ?? '').replace(/^@/u, '').toLowerCase()
      const found = await store.users.byUsername(username)
      if (found === null) throw new Error(`Nobody here has the username ${name ?? ''}.`)
      const wish = { store, userId: found.id, dropsFactors: options['factors'] === true }
      const done = await act({ ...wish, role: role.success ? role.data : null })
      terminal.say(isJson ? JSON.stringify({ userId: found.id, username, ...done.row }) : done.sentence)
      return exitCodes.done
    })
  },
}

async function list(terminal: Terminal, store: Aside, query: string | null, isJson: boolean) {
  const rows: Row[] = []
  let before: UserId | null = null
  for (;;) {
    const found: PersonRow[] = await store.overview.people({ query, before, limit: page })
    const last = found.at(-1)
    if (last === undefined) break
    before = last.user.id
    if (!isJson) rows.push(...found.map(shown))
    else for (const { user, ...row } of found) terminal.say(JSON.stringify({ ...user, ...row }))
  }
  if (!isJson) sayRows(terminal, rows, 'Nobody.')
  return exitCodes.done
}

function shown({ user, role, createdAt, lastSeenAt, suspendedAt, sessions, bytes }: PersonRow): Row {
  return {
    username: user.username,
    name: user.displayName,
    role: suspendedAt === null ? role : 'suspended',
    since: day(createdAt),
    seen: lastSeenAt === null ? '' : day(lastSeenAt),
    devices: sessions,
    files: amount(bytes),
  }
}

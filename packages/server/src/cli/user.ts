// `palabre user …`: what helps somebody who cannot get in, the operator too, while the server runs. Nobody's password is
// ever seen or set here: a code is made, with which its owner sets one.
import { AccountRole, PalabreError, limits } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import { makeResetCode } from '../features/recovery.ts'
import type { Aside } from '../store/port/aside.ts'
import type { Command } from './command.ts'
import { createTerminal, exitCodes, type Terminal } from './terminal.ts'
import { withAside } from './wiring.ts'

export const user: Command = {
  usage: 'user reset NAME [--factors] | user role NAME ROLE',
  about: 'Makes a code for a new password (--factors: takes second factors away too); or gives a role.',
  options: { factors: { type: 'boolean' } },
  words: { min: 2, max: 3 },
  async run({ words, options, env }) {
    const terminal = createTerminal(false)
    const [act, name = '', role] = words
    const wanted = AccountRole.safeParse(role)
    const isReset = act === 'reset' && role === undefined
    if (!isReset && !(act === 'role' && wanted.success)) {
      terminal.complain(`palabre ${user.usage}`)
      return exitCodes.usage
    }
    return withAside(terminal, env, async (store) => {
      const found = await store.users.byUsername(name.replace(/^@/u, '').toLowerCase())
      if (found === null) throw new Error(`Nobody here has the username ${name}.`)
      return wanted.success
        ? setRole(terminal, store, found.id, wanted.data)
        : reset(terminal, store, found.id, options['factors'] === true)
    })
  },
}

async function reset(
  terminal: Terminal,
  store: Aside,
  userId: Parameters<Aside['users']['roleOf']>[0],
  dropsFactors: boolean,
): Promise<number> {
  const { code } = await makeResetCode({ store, now: Date.now, userId: null }, userId, dropsFactors)
  terminal.say(code)
  terminal.say(
    `Good for ${limits.resetMs / 60_000} minutes, once, at /reset on this server. Make sure that it is they who ask.`,
  )
  return exitCodes.done
}

async function setRole(
  terminal: Terminal,
  store: Aside,
  userId: Parameters<Aside['users']['roleOf']>[0],
  role: AccountRole,
): Promise<number> {
  try {
    await store.users.setRole(userId, role)
  } catch (error) {
    if (!(error instanceof PalabreError && error.code === 'OPERATOR_REQUIRED')) throw error
    throw new Error('A server needs an operator: make somebody else one first.', { cause: error })
  }
  await record(
    { store, now: Date.now, userId: null },
    { act: 'role_changed', subjectId: userId, details: { role } },
  )
  terminal.say(`Done: ${role}.`)
  return exitCodes.done
}

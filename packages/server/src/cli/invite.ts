// `palabre invite`: an invitation to the server, also while it runs and before anybody has an account.
import { v7 as uuidv7 } from 'uuid'
import { AccountRole, InviteId, limits } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import { hashOfCode, makeCode } from '../core/credentials/codes.ts'
import { isGiven, read } from '../settings.ts'
import type { Command } from './command.ts'
import { createTerminal, exitCodes } from './terminal.ts'
import { withAside } from './wiring.ts'

const dayMs = 24 * 60 * 60_000

export const invite: Command = {
  usage: 'invite [--role ROLE] [--uses N] [--days N] [--json]',
  about: 'Makes an invitation to the server: for one member and 7 days, unless told otherwise.',
  options: {
    role: { type: 'string' },
    uses: { type: 'string' },
    days: { type: 'string' },
    json: { type: 'boolean' },
  },
  async run({ options, env }) {
    const terminal = createTerminal(false)
    const role = AccountRole.safeParse(options['role'] ?? 'member')
    const uses = numberOf(options['uses'], 1, limits.inviteUses)
    const days = numberOf(options['days'], limits.inviteMs / dayMs, limits.inviteMaxMs / dayMs)
    if (!role.success || uses === null || days === null) {
      terminal.complain(
        `ROLE is operator or member; uses are 1 to ${limits.inviteUses}, days 1 to ${limits.inviteMaxMs / dayMs}.`,
      )
      return exitCodes.usage
    }
    return withAside(terminal, env, async (store) => {
      const code = makeCode('invite')
      const now = Date.now()
      const id = InviteId.parse(uuidv7())
      await store.invites.create({
        id,
        codeHash: hashOfCode('invite', code) ?? '',
        role: role.data,
        inviterId: null,
        uses,
        usesLeft: uses,
        createdAt: now,
        expiresAt: now + days * dayMs,
        revokedAt: null,
      })
      const details = { inviteId: id, role: role.data, uses }
      await record({ store, now: Date.now, userId: null }, { act: 'invite_made', details })
      const link = isGiven(env, 'PUBLIC_URL') ? `${read(env, 'PUBLIC_URL', null)}/invite/${code}` : null
      if (options['json'] === true) {
        terminal.say(JSON.stringify({ code, link, role: role.data, uses, expiresAt: now + days * dayMs }))
        return exitCodes.done
      }
      terminal.say(code)
      if (link !== null) terminal.say(link)
      terminal.say(`For ${uses === 1 ? 'one person' : `${uses} people`}, as ${role.data}, for ${days} days.`)
      return exitCodes.done
    })
  },
}

/** Null: no such number. */
function numberOf(text: boolean | string | undefined, fallback: number, max: number): number | null {
  if (text === undefined) return fallback
  const number = /^\d{1,6}$/u.test(String(text)) ? Number(text) : 0
  return number >= 1 && number <= max ? number : null
}

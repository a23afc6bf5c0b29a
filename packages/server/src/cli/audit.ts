// `palabre audit` and `palabre storage`: what was done, and how much there is, for scripts and for whoever cannot get in.
// Read beside a running server.
import type { UserId } from '@palabre/protocol'
import type { Aside } from '../store/port/aside.ts'
import type { Command } from './command.ts'
import { amount, sayRows } from './rows.ts'
import { createTerminal, exitCodes } from './terminal.ts'
import { withAside } from './wiring.ts'

/** Entries that are printed unless told otherwise. */
const usual = 50
const most = 10_000
const page = 100
const largestShown = 20

export const audit: Command = {
  usage: 'audit [--last N] [--json]',
  about: 'Prints the record of acts, the latest first.',
  options: { last: { type: 'string' }, json: { type: 'boolean' } },
  async run({ options, env }) {
    const terminal = createTerminal(false)
    const wanted = Number(options['last'] ?? usual)
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > most) {
      terminal.complain(`N is 1 to ${most}.`)
      return exitCodes.usage
    }
    return withAside(terminal, env, async (store) => {
      const entries = await latest(store, wanted)
      if (options['json'] === true) {
        for (const entry of entries) terminal.say(JSON.stringify(entry))
        return exitCodes.done
      }
      const names = await namesOf(
        store,
        entries.flatMap(({ actorId, subjectId }) => [actorId, subjectId]),
      )
      const rows = entries.map(({ at, act, actorId, subjectId, details }) => ({
        when: new Date(at).toISOString().slice(0, 19),
        act,
        by: actorId === null ? 'command line' : names(actorId),
        whom: subjectId === null ? '' : names(subjectId),
        details: Object.entries(details)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      }))
      sayRows(terminal, rows, 'Nothing was done yet.')
      return exitCodes.done
    })
  },
}

export const storage: Command = {
  usage: 'storage [--json]',
  about: 'Prints how much there is, and whose files and which groups take the most room.',
  options: { json: { type: 'boolean' } },
  async run({ options, env }) {
    const terminal = createTerminal(false)
    return withAside(terminal, env, async (store) => {
      const totals = await store.overview.totals()
      const owners = await store.overview.largest(largestShown)
      const names = await namesOf(
        store,
        owners.map(({ userId }) => userId),
      )
      const largest = owners.map(({ userId, bytes, files }) => ({ username: names(userId), bytes, files }))
      const conversations = await store.overview.heaviest(largestShown)
      if (options['json'] === true) {
        terminal.say(JSON.stringify({ ...totals, largest, heaviest: conversations }, null, 2))
        return exitCodes.done
      }
      const { people, messages, bytes } = totals
      terminal.say(
        `${people} accounts, ${totals.conversations} conversations, ${messages} messages, ${amount(bytes)} of files.`,
      )
      const owned = largest.map((row) => ({
        person: row.username,
        files: row.files,
        room: amount(row.bytes),
      }))
      if (owned.length > 0) sayRows(terminal, owned, '')
      const groups = conversations.map((row) => ({
        conversation: row.title ?? '(of two)',
        files: row.files,
        room: amount(row.bytes),
      }))
      if (groups.length > 0) sayRows(terminal, groups, '')
      return exitCodes.done
    })
  },
}

async function latest({ audit: kept }: Aside, wanted: number) {
  const entries: Awaited<ReturnType<Aside['audit']['list']>> = []
  while (entries.length < wanted) {
    const limit = Math.min(page, wanted - entries.length)
    const found = await kept.list({ before: entries.at(-1)?.id ?? null, limit })
    if (found.length === 0) break
    entries.push(...found)
  }
  return entries
}

/** Usernames; who has none any more is their id. */
async function namesOf({ users }: Aside, ids: readonly (UserId | null)[]): Promise<(id: UserId) => string> {
  const wanted = [...new Set(ids)].filter((id) => id !== null)
  const known = new Map((await users.byIds(wanted)).map(({ id, username }) => [id, username]))
  return (id) => known.get(id) ?? id
}

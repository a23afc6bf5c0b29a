// What people are found by follows from their profiles: compared with it, and made again.
import type { Database } from 'better-sqlite3'
import type { Fault } from '../../port/doctor.ts'
import { plain, termsOf } from '../../port/names.ts'

type Columns = [id: string, username: string, displayName: string, sortName: string, terms: string | null]

interface Nameless {
  id: string
  sortName: string
  terms: string[]
}

export function* nameFaults(db: Database): Iterable<Fault> {
  for (const { id } of namelessOf(db))
    yield {
      check: 'names',
      where: `user ${id}`,
      says: 'is found by other names than their own',
      canRepair: true,
    }
}

export function repairNames(db: Database): string[] {
  const forget = db.prepare<[string]>('DELETE FROM user_terms WHERE user_id = ?')
  const add = db.prepare<[string, string]>('INSERT INTO user_terms (term, user_id) VALUES (?, ?)')
  const update = db.prepare<[string, string]>('UPDATE users SET sort_name = ? WHERE id = ?')
  return [...namelessOf(db)].map(({ id, sortName, terms }) => {
    update.run(sortName, id)
    forget.run(id)
    for (const term of terms) add.run(term, id)
    return `user ${id}: is found by their own names again`
  })
}

function namelessOf(db: Database): Nameless[] {
  const rows = db
    .prepare<[], Columns>(
      `SELECT id, username, display_name, sort_name,
         (SELECT json_group_array(term) FROM user_terms WHERE user_id = users.id) FROM users`,
    )
    .raw()
  const found: Nameless[] = []
  for (const [id, username, displayName, sortName, held] of rows.iterate()) {
    const terms = termsOf(username, displayName)
    const has = new Set(JSON.parse(held ?? '[]') as string[])
    const isRight =
      sortName === plain(displayName) && has.size === terms.length && terms.every((term) => has.has(term))
    if (!isRight) found.push({ id, sortName: plain(displayName), terms })
  }
  return found
}

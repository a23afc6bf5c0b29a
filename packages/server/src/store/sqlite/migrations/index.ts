// The schema's history. Forward only: a migration that has been released is never edited.
import { sql as start } from './0001-start.ts'

export interface Migration {
  /** 1, 2, 3 … as in the file's name; the database remembers the last one in `user_version`. */
  number: number
  sql: string
}

export const migrations: readonly Migration[] = [{ number: 1, sql: start }]

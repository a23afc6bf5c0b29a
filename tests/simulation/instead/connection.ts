// In the place of store/sqlite/connection.ts: the one database of this history, in memory. Written and read in one thread,
// so readers see what is committed.
import { stage } from '../stage.ts'

export * from '../../../packages/server/src/store/sqlite/connection.ts'

export const openWriter = () => stage().database
export const openReader = () => stage().database
export const openLock = () => ({ close: () => undefined })

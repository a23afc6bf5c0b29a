// Who uses a store: any number of servers, or one operator's command that wants it alone. Each has a document that it
// touches again and again; one that stands still for a while was left by somebody who died. Each first writes its own and
// then looks for the others', so that of two who come at once at least one sees the other.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Collection, Db } from 'mongodb'

type Kind = 'server' | 'operator'

export interface TenantDocument {
  _id: string
  kind: Kind
  beats: number
}

export interface Tenancy {
  /** False once it has been still for so long that others may think it dead: nothing may be written until it is not. */
  isHeld(): boolean
  leave(): Promise<void>
}

export interface TenancyOptions {
  /** Somebody thought that this one was dead, and has taken the store: nothing may be written any more. */
  onLost: () => void
  /** Between two beats; the same for everybody who uses the store. */
  beatMs?: number
}

const beatMsDefault = 5_000
/** As many beats that do not come make a dead tenant. */
const beatsMissed = 3
/** One that was stopped itself, and wakes up, must know before the others do. */
const beatsHeld = 2.5

export function tenantsOf(db: Db): Collection<TenantDocument> {
  return db.collection<TenantDocument>('tenants')
}

/** A server's use of the store. @throws when an operator's command has it */
export function enter(db: Db, options: TenancyOptions): Promise<Tenancy> {
  return take(db, 'server', options, 'a command of an operator is using this store: wait until it is done')
}

/** An operator's, alone. @throws when somebody else uses it */
export function occupy(db: Db, options: TenancyOptions): Promise<Tenancy> {
  return take(db, 'operator', options, 'a server is using this store: stop it first')
}

async function take(
  db: Db,
  kind: Kind,
  { onLost, beatMs = beatMsDefault }: TenancyOptions,
  refusal: string,
): Promise<Tenancy> {
  const tenants = tenantsOf(db)
  const _id = randomUUID()
  let beatenAt = performance.now()
  let isLost = false
  await tenants.insertOne({ _id, kind, beats: 0 })
  const beating = setInterval(() => void beat(), beatMs)
  beating.unref()

  async function beat(): Promise<void> {
    try {
      const begunAt = performance.now()
      const { matchedCount } = await tenants.updateOne({ _id: { $eq: _id } }, { $inc: { beats: 1 } })
      if (matchedCount === 1) {
        beatenAt = begunAt
        return
      }
      isLost = true
      clearInterval(beating)
      onLost()
    } catch {
      // It cannot be reached: the next beat tells.
    }
  }

  async function leave(): Promise<void> {
    clearInterval(beating)
    await tenants.deleteOne({ _id: { $eq: _id } })
  }

  try {
    if (await isShared(tenants, _id, kind, beatMs)) throw new Error(refusal)
  } catch (error) {
    await leave()
    throw error
  }
  return { isHeld: () => !isLost && performance.now() - beatenAt < beatMs * beatsHeld, leave }
}

/** Whether somebody lives in it whom this one cannot live with. Removes the dead. */
async function isShared(
  tenants: Collection<TenantDocument>,
  own: string,
  kind: Kind,
  beatMs: number,
): Promise<boolean> {
  // Servers live with servers; an operator with nobody.
  const others = {
    _id: { $ne: own },
    ...(kind === 'server' && { kind: { $eq: 'operator' as const } }),
  }
  const before = await tenants.find(others).toArray()
  if (before.length === 0) return false
  const seen = new Map(before.map(({ _id, beats }) => [_id, beats]))
  for (let waited = 0; waited < beatsMissed; waited++) {
    await sleep(beatMs)
    const after = await tenants.find(others).toArray()
    if (after.some(({ _id, beats }) => seen.get(_id) !== beats)) return true
  }
  for (const [_id, beats] of seen) {
    // Only as it was seen: one that moves after all is not dead.
    await tenants.deleteOne({ _id: { $eq: _id }, beats: { $eq: beats } })
  }
  return (await tenants.findOne(others)) !== null
}

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
  await tenants.insertOne({ _id, kind, beats: 0 })
  const beating = setInterval(() => void beat(), beatMs)
  beating.unref()

  async function beat(): Promise<void> {
    try {
      const { matchedCount } = await tenants.updateOne({ _id: { $eq: _id } }, { $inc: { beats: 1 } })
      if (matchedCount === 1) return
      clearInterval(beating)
      onLost()
    } catch {
      // It cannot be reached: then nobody else can write either, and the next beat tells.
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
  return { leave }
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
  await sleep(beatMs * beatsMissed)
  const still = new Map(before.map(({ _id, beats }) => [_id, beats]))
  const after = await tenants.find(others).toArray()
  for (const { _id, beats } of after) {
    if (still.get(_id) !== beats) return true
    // Only as it was seen: one that moves after all is not dead.
    const { deletedCount } = await tenants.deleteOne({ _id: { $eq: _id }, beats: { $eq: beats } })
    if (deletedCount === 0) return true
  }
  return false
}

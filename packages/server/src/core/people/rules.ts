// What people have decided about others (BLK-1, PRIV-1, REQ-1), in memory: asked with every direct message, typing notice
// and change of presence. Read once from the account's log, and dropped when it changes, here or on another node; believed
// as long as `trust.ts` says. Decides nothing: what follows is for `profiles.ts`, `receipts.ts`, `known.ts`.
import { noRules, peoplePrefix, rulesOf, type Rules, type UserId } from '@palabre/protocol'
import type { Commits } from '../../cluster/port.ts'
import type { Store } from '../../store/port/store.ts'
import { createTrust } from '../trust.ts'

/** People whose rules are kept in memory: most of them have none. */
const budget = 50_000

export interface PeopleRules {
  of(userId: UserId): Promise<Rules>
  ofAll(userIds: Iterable<UserId>): Promise<ReadonlyMap<UserId, Rules>>
  /** Somebody has decided otherwise: read again, by the other nodes too. */
  changed(userId: UserId): void
}

interface Kept {
  rules: Rules
  readAt: number
}

export function createPeopleRules(
  store: Pick<Store, 'account'>,
  commits: Pick<Commits, 'heardSince' | 'now' | 'rulesChanged' | 'onRulesChanged'>,
): PeopleRules {
  const trust = createTrust(commits)
  const kept = new Map<UserId, Kept>()
  const loadings = new Map<UserId, Promise<Rules>>()
  /** Grows with what is forgotten: what was being read meanwhile is not kept. */
  let forgotten = 0

  function forget(userId: UserId) {
    forgotten += 1
    kept.delete(userId)
    loadings.delete(userId)
  }

  async function load(userId: UserId): Promise<Rules> {
    const before = forgotten
    const readAt = trust.now()
    const rules = rulesOf(await store.account.under(userId, peoplePrefix))
    if (before === forgotten) {
      kept.delete(userId)
      kept.set(userId, { rules, readAt })
      for (const oldest of kept.keys()) {
        if (kept.size <= budget) break
        kept.delete(oldest)
      }
    }
    return rules
  }

  function of(userId: UserId): Promise<Rules> {
    const held = kept.get(userId)
    if (held !== undefined && trust.isFresh(held.readAt)) return Promise.resolve(held.rules)
    const underWay = loadings.get(userId)
    if (underWay !== undefined) return underWay
    const loading = load(userId).finally(() => {
      if (loadings.get(userId) === loading) loadings.delete(userId)
    })
    loadings.set(userId, loading)
    return loading
  }

  commits.onRulesChanged(forget)

  return {
    of,
    async ofAll(userIds) {
      const all = [...new Set(userIds)]
      const found = await Promise.all(all.map(of))
      return new Map(all.map((id, at) => [id, found[at] ?? noRules]))
    },
    changed(userId) {
      forget(userId)
      commits.rulesChanged(userId)
    },
  }
}

/** Whether one of two has blocked the other. */
export function isBlockedBetween(a: Rules, aId: UserId, b: Rules, bId: UserId): boolean {
  return a.blocked.has(bId) || b.blocked.has(aId)
}

/** Whether the first words of one to the other still wait for an answer. */
export function isRequestBetween(a: Rules, aId: UserId, b: Rules, bId: UserId): boolean {
  return a.requests.has(bId) || b.requests.has(aId)
}

// Puts the core together: everything that lives as long as the server and needs no engine of its own.
import type { Logger } from 'pino'
import type { Blobs } from '../blobs/port.ts'
import type { Cluster } from '../cluster/port.ts'
import type { Config } from '../config.ts'
import type { Pusher } from '../pusher/port.ts'
import type { Store } from '../store/port/store.ts'
import { createAssembly } from './assembly.ts'
import type { Services } from './context.ts'
import type { Fanout } from './fanout.ts'
import { createLog } from './log.ts'
import { createMarks } from './marks.ts'
import { createMedia } from './media/media.ts'
import { createMemberships, type Memberships } from './memberships.ts'
import type { PushEnd } from './push/queue.ts'
import { createPushes, type PushPace } from './push/pushes.ts'
import { isKnownTo } from './people.ts'
import { seesPhoto } from './people/profiles.ts'
import { createPeopleRules } from './people/rules.ts'
import { createTeller } from './teller.ts'
import { createTokens } from './tokens.ts'

export interface ServiceParts {
  blobs: Blobs
  config: Config
  store: Store
  fanout: Fanout
  cluster: Cluster
  logger: Logger
  pusher: Pusher
  pushed(end: PushEnd): void
  health: Services['health']
  /** For tests: in place of the usual one. */
  pushPace?: PushPace | undefined
  now(): number
  /** Given when the fan-out was made with it. */
  memberships?: Memberships
  /** Absent where nobody has to wait. */
  takeTurn?: () => Promise<void>
}

export function createServices(parts: ServiceParts): Services {
  const { config, store, fanout, cluster, logger, now } = parts
  const memberships = parts.memberships ?? createMemberships(store, cluster)
  const takeTurn = parts.takeTurn ?? (() => Promise.resolve())
  const onError = (err: unknown) => logger.error({ err }, 'an event could not be told')
  const { commits } = cluster
  const rules = createPeopleRules(store, commits)
  const pushes = createPushes({
    pusher: parts.pusher,
    store,
    memberships,
    rules,
    marks: () => marks,
    cluster,
    logger,
    now,
    pushed: parts.pushed,
    pace: parts.pushPace,
  })
  const marks = createMarks({ store, memberships, fanout, commits, rules, onRead: pushes.read, onError })
  const assembly = createAssembly({ store, marks, rules, now })
  const teller = createTeller({ store, memberships, marks, assembly, fanout, now })
  const tokens = createTokens({
    keys: config.tokenKeys,
    refreshKey: config.refreshKey,
    issuer: config.publicUrl,
    accessTokenMs: config.accessTokenMs,
    store,
    fanout,
    cluster,
    now,
  })
  const log = createLog({ store, memberships, teller, onStored: pushes.stored, onError })
  const media = createMedia({
    config,
    store,
    blobs: parts.blobs,
    maySee: async (userId, otherId) =>
      (config.directory === 'open' || (await isKnownTo({ store, userId }, otherId))) &&
      (await seesPhoto({ store, rules, config, userId }, otherId)),
    logger,
    now,
  })
  return {
    config,
    store,
    media,
    log,
    memberships,
    marks,
    rules,
    assembly,
    fanout,
    cluster,
    tokens,
    pushes,
    health: parts.health,
    logger,
    now,
    takeTurn,
  }
}

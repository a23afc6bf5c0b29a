// The table of all handlers: an operation without one does not compile. And what features do by themselves.
import type { Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { startRetention } from '../core/leaving/retention.ts'
import { accounts } from './accounts.ts'
import { factors } from './factors.ts'
import { invites } from './invites.ts'
import { recovery } from './recovery.ts'
import { auth } from './auth.ts'
import { contacts } from './contacts.ts'
import { conversations } from './conversations.ts'
import { erasure, startErasures } from './erasure.ts'
import { expiry, startExpiry } from './expiry.ts'
import { groups } from './groups.ts'
import { history } from './history.ts'
import { joining } from './joining.ts'
import { keeping } from './keeping.ts'
import { media } from './media.ts'
import { members } from './members.ts'
import { messages } from './messages.ts'
import { operating } from './operating.ts'
import { pins } from './pins.ts'
import { polls } from './polls.ts'
import { presence, startPresence } from './presence.ts'
import { push } from './push.ts'
import { reactions } from './reactions.ts'
import { receipts } from './receipts.ts'
import { reports, startReports } from './reports.ts'
import { startScheduling } from './scheduling.ts'
import { search } from './search.ts'
import { sessions, startSessions } from './sessions.ts'
import { sync } from './sync.ts'
import { users } from './users.ts'

export const handlers = {
  ...auth,
  ...users,
  ...sessions,
  ...contacts,
  ...conversations,
  ...members,
  ...groups,
  ...joining,
  ...messages,
  ...media,
  ...reactions,
  ...polls,
  ...pins,
  ...expiry,
  ...receipts,
  ...presence,
  ...push,
  ...sync,
  ...search,
  ...history,
  ...keeping,
  ...accounts,
  ...erasure,
  ...invites,
  ...recovery,
  ...factors,
  ...operating,
  ...reports,
} satisfies Handlers

/** Starts what runs without being asked; answers how to stop it. Once per server, before it listens. */
export function startFeatures(services: Services): () => void {
  const stops = [
    startPresence(services),
    startSessions(services),
    startExpiry(services),
    startErasures(services),
    startScheduling(services),
    startRetention(services),
    startReports(services),
    services.marks.stop,
    services.pushes.stop,
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

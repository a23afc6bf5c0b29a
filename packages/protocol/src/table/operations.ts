// The table of everything a client may ask.
import type { z } from 'zod'
import { factors } from '../accounts/factors.ts'
import { invites } from '../accounts/invites.ts'
import { recovery } from '../accounts/recovery.ts'
import { accounts } from '../accounts/roles.ts'
import { auth } from '../auth.ts'
import { contacts } from '../contacts.ts'
import { conversations } from '../conversations.ts'
import { erasure } from '../erasure.ts'
import { expiry } from '../expiry.ts'
import { groups } from '../groups.ts'
import { history } from '../history.ts'
import { keeping } from '../keeping.ts'
import { media } from '../media.ts'
import { members } from '../members.ts'
import { messages } from '../messages.ts'
import { operating } from '../accounts/operating.ts'
import { pins } from '../pins.ts'
import { polls } from '../saying/polls.ts'
import { presence } from '../presence.ts'
import { push } from '../push.ts'
import { reactions } from '../reactions.ts'
import { receipts } from '../receipts.ts'
import { reporting } from '../reports.ts'
import { searching } from '../search.ts'
import { sessions } from '../sessions.ts'
import { syncing } from '../sync.ts'
import { users } from '../users.ts'

export const operations = {
  ...auth,
  ...users,
  ...sessions,
  ...contacts,
  ...conversations,
  ...members,
  ...groups,
  ...messages,
  ...media,
  ...reactions,
  ...polls,
  ...pins,
  ...expiry,
  ...receipts,
  ...presence,
  ...push,
  ...syncing,
  ...searching,
  ...history,
  ...keeping,
  ...accounts,
  ...erasure,
  ...invites,
  ...recovery,
  ...factors,
  ...operating,
  ...reporting,
}

export type OperationName = keyof typeof operations
/** What a caller passes: before defaults and normalisation. */
export type InputOf<N extends OperationName> = z.input<(typeof operations)[N]['input']>
/** What a handler gets: parsed. */
export type ParsedInput<N extends OperationName> = z.output<(typeof operations)[N]['input']>
export type Output<N extends OperationName> = z.output<(typeof operations)[N]['output']>

// What the run says to a crew (a process with devices in it) and what it hears back. Plain JSON, over Node's channel
// between processes. No code here.
import type { ConversationId, UserId } from '@palabre/protocol'
import type { DeviceState, Step } from './history.ts'
import type { Violation } from './invariants.ts'
import type { DeedName } from './plan.ts'

export interface DeviceOrder {
  readonly name: string
  readonly user: UserId
  readonly username: string
  readonly password: string
  /** Of the link to the server. */
  readonly url: string
  /** Where cache and session are kept. */
  readonly folder: string
  readonly seed: number
  /** Of one browser, on one cache. */
  readonly tabs: number
  /** Everyone else. */
  readonly others: readonly UserId[]
  /** When the run began, by the run's clock. */
  readonly begunAt: number
}

export interface DeedOrder {
  readonly deed: DeedName
  readonly where: number
  readonly which: number
  /** Not in any other message of the run. */
  readonly text: string
}

export type Order =
  /** Opens a device on what its folder holds; again after its process was killed. */
  | { order: 'open'; device: DeviceOrder }
  | { order: 'deed'; device: string; deed: DeedOrder }
  /** Lets someone in or puts them out, asked on their behalf who may. */
  | { order: 'member'; device: string; conversation: ConversationId; user: UserId; isWanted: boolean }
  | { order: 'reload'; device: string }
  /** Somebody is looking at it, and its clock is right. */
  | { order: 'mend'; device: string }
  | { order: 'killLeader'; device: string; beforeWrite: number }
  /** How far its clock is off. */
  | { order: 'clock'; device: string; ms: number }
  /** Asks for much and reads nothing: its link has just gone deaf. */
  | { order: 'flood'; device: string }
  | { order: 'glance'; device: string }
  | { order: 'state'; device: string }
  /** A device that starts with nothing. `device`: whose account; `url`: straight to the server. */
  | { order: 'fresh'; device: DeviceOrder }

/** Enough to see whether it has come to rest. */
export interface Glance {
  readonly isOnline: boolean
  readonly waiting: number
  readonly heads: Readonly<Record<string, number>>
  /** Of each of its tabs, for whoever asks why it is not online: connection, role, whether somebody is signed in. */
  readonly tabs: readonly string[]
}

export interface Answers {
  open: null
  deed: null
  member: null
  mend: null
  reload: null
  killLeader: null
  clock: null
  flood: null
  glance: Glance
  /** One of each tab. */
  state: DeviceState[]
  fresh: DeviceState
}

export type Word =
  | { word: 'ready' }
  | { word: 'answer'; to: number; value: unknown }
  | { word: 'failure'; to: number; error: string }
  | { word: 'step'; step: Step }
  /** Seen at once, while everything runs. */
  | { word: 'violation'; violation: Violation }
  /** The engine was signed out. */
  | { word: 'signedOut'; device: string; code: string }
  /** How many times something was looked at. */
  | { word: 'looked'; times: number }

// What the invariants ask of a history again and again: who was a member when, what a restoration has undone, and how
// messages and truths are found. It judges nothing.
import type {
  DeviceState,
  HeldConversation,
  History,
  Step,
  TrueConversation,
  TrueMember,
  Truth,
} from './history.ts'

/** From `joinedRev` until, but for the change that ended it, `leftRev`. */
export interface Membership {
  joinedSeq: number
  joinedRev: number
  /** Null: still a member. */
  leftRev: number | null
}

export interface Facts {
  history: History
  present: Truth
  conversations: ReadonlyMap<string, TrueConversation>
  /** The store's life that a step belongs to. */
  truthAt(index: number): Truth
  truthOf(epoch: string): Truth | null
  membershipsOf(truth: Truth, conversation: string, user: string): Membership[]
  /** A restoration went back behind this step: what was acknowledged then may be gone. */
  isUndone(index: number): boolean
  /** The user's present membership. */
  memberOf(conversation: string, user: string): TrueMember | null
  steps<K extends Step['step']>(kind: K): { index: number; step: Extract<Step, { step: K }> }[]
  /** Conversations that a device holds and is a member of, each with the truth. */
  heldBy(device: DeviceState): { held: HeldConversation; truth: TrueConversation; member: TrueMember }[]
}

export function factsOf(history: History): Facts {
  const present = history.truths.at(-1)
  if (present === undefined) throw new Error('a history without a truth')
  const conversations = new Map(present.conversations.map((one) => [one.conversation, one]))
  const restorations = history.steps.flatMap((step, index) =>
    step.step === 'restored' ? [{ index, takenAt: step.takenAt }] : [],
  )
  const known = new Map<string, Map<string, Membership[]>>()

  function membershipsOf(truth: Truth, conversation: string, user: string): Membership[] {
    const key = `${truth.epoch} ${conversation}`
    const found = known.get(key) ?? membershipsIn(truth, conversation)
    known.set(key, found)
    return found.get(user) ?? []
  }

  return {
    history,
    present,
    conversations,
    truthAt: (index) => history.truths[restorations.filter((one) => one.index < index).length] ?? present,
    truthOf: (epoch) => history.truths.find((truth) => truth.epoch === epoch) ?? null,
    membershipsOf,
    isUndone: (index) => restorations.some((one) => one.index > index && one.takenAt <= index),
    memberOf: (conversation, user) =>
      conversations.get(conversation)?.members.find((member) => member.user === user) ?? null,
    steps: <K extends Step['step']>(kind: K) =>
      history.steps.flatMap((step, index) =>
        step.step === kind ? [{ index, step: step as Extract<Step, { step: K }> }] : [],
      ),
    heldBy: (device) =>
      device.conversations.flatMap((held) => {
        const truth = conversations.get(held.conversation)
        const member = truth?.members.find(({ user }) => user === device.user)
        return truth && member ? [{ held, truth, member }] : []
      }),
  }
}

/** The log says who came and who went. */
function membershipsIn(truth: Truth, conversation: string): Map<string, Membership[]> {
  const found = new Map<string, Membership[]>()
  const messages = truth.conversations.find((one) => one.conversation === conversation)?.messages ?? []
  for (const { seq, firstRev, system } of messages) {
    for (const user of system?.removed ?? []) {
      const last = found.get(user)?.at(-1)
      if (last) last.leftRev = firstRev
    }
    for (const user of system?.added ?? []) {
      const all = found.get(user) ?? []
      all.push({ joinedSeq: seq, joinedRev: firstRev, leftRev: null })
      found.set(user, all)
    }
  }
  return found
}

// One engine of a device as the torture runs it, and what it shows: told as steps of the history, and what is seen wrong
// at once (order, doubles, holes) as a violation. A device with one tab has one of these; a browser several.
import type { Client, ConversationListView, TimelineView } from '@palabre/client'
import type { ConversationId, UserId } from '@palabre/protocol'
import type { Step } from './history.ts'
import type { Glance, Word } from './orders.ts'

export interface Tab {
  /** Without spaces; one of a device's names. */
  readonly name: string
  readonly client: Client
  /** These were written here: what becomes of them is told. */
  follow(conversation: ConversationId, id: string): void
  /** Tells nothing any more. */
  forsake(): void
}

export interface TabParts {
  name: string
  user: UserId
  client: Client
  others: readonly UserId[]
  at(): number
  say(word: Word): void
  /** The engine was signed out, and has put everything away. */
  onSignedOut(code: string): void
}

let lives = 0

/** Looks at everything that the client shows from now on. */
export function watchTab({ name, user, client, others, at, say, onSignedOut }: TabParts): Tab {
  const followed = new Map<string, string>()
  const timelines = new Set<ConversationId>()
  const marks = new Map<string, string>()
  const stops: (() => void)[] = []
  const tell = (step: Step) => say({ word: 'step', step })
  /** A view that was emptied begins another life: its marks start anew. */
  let life = (lives += 1)
  let wasLoaded = false
  let endedBy: string | null = null

  function look(list: ConversationListView): void {
    if (wasLoaded && !list.isLoaded) {
      life = lives += 1
      marks.clear()
    }
    wasLoaded = list.isLoaded
    for (const { conversation } of list.conversations) {
      const { id, lastSeq, me } = conversation
      const shown = { joinedSeq: me.joinedSeq, lastSeq, deliveredSeq: me.deliveredSeq, readSeq: me.readSeq }
      const key = JSON.stringify(shown)
      if (marks.get(id) !== key) {
        marks.set(id, key)
        tell({
          step: 'marks',
          at: at(),
          device: name,
          user,
          epoch: `life ${life}`,
          conversation: id,
          ...shown,
        })
      }
      if (timelines.has(id)) continue
      timelines.add(id)
      const timeline = client.messages.timeline(id)
      stops.push(timeline.subscribe(lookAt))
      lookAt(timeline.get())
    }
  }

  function lookAt(view: TimelineView): void {
    const wrong = disorder(view)
    say({ word: 'looked', times: 1 })
    if (wrong !== null)
      say({
        word: 'violation',
        violation: {
          invariant: 'I3',
          sentence: `${name} shows its messages ${wrong}`,
          states: ['one order, once each, without a hole', brief(view)],
          ids: [name, view.conversationId],
        },
      })
    for (const { message, isPending, state, error } of view.messages) {
      if (!followed.has(message.id)) continue
      const of = { at: at(), device: name, user, conversation: view.conversationId, id: message.id }
      if (!isPending) {
        followed.delete(message.id)
        tell({ step: 'acked', ...of })
      } else if (state === 'failed') {
        followed.delete(message.id)
        tell({ step: 'refused', ...of, code: error ?? 'unknown' })
      }
    }
  }

  function ended(): void {
    if (endedBy === null || client.me.get() !== null) return
    const code = endedBy
    endedBy = null
    onSignedOut(code)
  }

  stops.push(
    client.conversations.list.subscribe(look),
    client.connection.subscribe((state) => {
      if (state.name !== 'signedOut') return
      // Without a reason where another tab has put the session away, and went before it could say why.
      endedBy = state.because ?? 'untold'
      ended()
    }),
    // The engine is still putting things away when it says why: nobody signs in before that.
    client.me.subscribe(ended),
    ...others.map((other) => client.presence.of(other).subscribe(() => undefined)),
  )
  look(client.conversations.list.get())

  return {
    name,
    client,
    follow: (conversation, id) => void followed.set(id, conversation),
    forsake() {
      for (const stop of stops.splice(0)) stop()
    },
  }
}

/** Enough to see whether it has come to rest. */
export function glanceAt({ client }: Tab): Glance {
  const { conversations } = client.conversations.list.get()
  const who = client.me.get() === null ? 'nobody' : 'somebody'
  return {
    isOnline: client.connection.get().name === 'online',
    waiting: client.waiting.get(),
    heads: Object.fromEntries(conversations.map(({ conversation }) => [conversation.id, conversation.rev])),
    tabs: [`${client.connection.get().name} ${client.tabs.role.get()} ${who}`],
  }
}

/** Every conversation, back to the first message that this person may see. */
export async function pageBack(client: Client): Promise<void> {
  for (const { conversation } of client.conversations.list.get().conversations) {
    const timeline = client.messages.timeline(conversation.id)
    for (let before = -1; timeline.get().hasBefore;) {
      const { length } = timeline.get().messages
      if (length === before) break
      before = length
      await client.messages.loadBefore(conversation.id)
    }
  }
}

/** What is wrong with how messages are shown; null: nothing. What was just acknowledged may be ahead of the rest. */
function disorder({ messages }: TimelineView): string | null {
  if (new Set(messages.map(({ message }) => message.id)).size !== messages.length) return 'twice'
  const inLog = messages.filter(({ message }) => message.seq > 0)
  for (let i = 1; i < inLog.length; i += 1) {
    const [before, after] = [inLog[i - 1]?.message.seq ?? 0, inLog[i]?.message.seq ?? 0]
    if (after <= before) return 'out of order'
    if (after > before + 1 && !inLog.slice(i).every(({ isMine }) => isMine)) return 'with a hole'
  }
  return null
}

function brief({ messages }: TimelineView): string {
  return messages
    .slice(-30)
    .map(({ message, state }) => `${message.seq}:${message.id}${state === null ? '' : ` ${state}`}`)
    .join(', ')
}

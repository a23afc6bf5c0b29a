// Puts the parts together, and opens and closes them with a session. The only file that knows them all; it has no
// logic of its own beyond: who is signed in, and who hears of what.
import { v7 } from 'uuid'
import { PalabreError, type ErrorCode, type SessionId, type SignedIn, type User } from '@palabre/protocol'
import type { Client, ClientOptions, StoredSession } from './api.ts'
import { memoryCache } from './cache/memory.ts'
import type { Cache, StorageState } from './cache/port.ts'
import { createConnection } from './connection/connection.ts'
import { apiBase, createHttp } from './connection/http.ts'
import { memorySessionStorage } from './connection/session-storage.ts'
import { steadySignals } from './connection/signals.ts'
import { createTokens, refreshLock } from './connection/tokens.ts'
import { createEngine } from './make-engine.ts'
import { createAuth } from './features/auth.ts'
import { createConversations } from './features/conversations.ts'
import { createHistory } from './features/history.ts'
import { createKeeping } from './features/keeping.ts'
import { createKept, keepingLane } from './sync/kept.ts'
import { createLater } from './later.ts'
import { createMedia } from './features/media.ts'
import { createMessages } from './features/messages.ts'
import { createPresence } from './features/presence.ts'
import { createReceipts } from './features/receipts.ts'
import { createUnsent } from './features/unsent.ts'
import { createUsers } from './features/users.ts'
import { createNews } from './news.ts'
import { createDerived, createSource } from './observable.ts'
import { entriesIn } from './outbox/entries.ts'
import { createOutbox } from './outbox/outbox.ts'
import { createUploads } from './outbox/uploads.ts'
import { createExpiry } from './sync/expiry.ts'
import { createReplica } from './sync/replica.ts'
import { createSync } from './sync/sync.ts'
import { createPlace, type Place } from './tabs/place.ts'
import type { SessionWord } from './tabs/words.ts'

/** How long a tab that finds the session gone waits to be told why. */
const SIGN_OUT_WAIT_MS = 1_000
const untold: StorageState = { name: 'memory', because: 'untold' }

/** The engine of one device. One session at a time; call `start` once. */
export function createClient(options: ClientOptions): Client {
  const now = options.now ?? Date.now
  const random = options.random ?? Math.random
  const openCache = options.openCache ?? (() => Promise.resolve(memoryCache()))
  const sessions = options.sessionStorage ?? memorySessionStorage()
  const exclusively = options.tokens === 'cookie' ? refreshLock() : <T>(job: () => Promise<T>) => job()

  /** The end of the last session, as far as it has got. */
  let over: Promise<void> = Promise.resolve()
  const me = createSource<User | null>(null)
  const sessionId = createSource<SessionId | null>(null)
  const storage = createSource<StorageState>(untold)
  const http = createHttp({ url: options.url, tokens: options.tokens })
  const tokens = createTokens({ http, mode: options.tokens, sessions, exclusively, now })
  const replica = createReplica()
  const unsent = createUnsent({ sessions, openCache })

  const place = createPlace(options.tabs, options.signals ?? steadySignals())
  const allTabs = options.tabs?.channel('palabre-session')
  allTabs?.listen((word) => void heardOfSession(word as SessionWord))

  const connection = createConnection({
    url: options.url,
    http,
    tokens,
    signals: place.signals,
    now,
    random,
    onEvent: (name, data) => sync.hear(name, data),
    onConnected: () => sync.connected(),
    onDisconnected() {
      outbox.setReady(false)
      sync.disconnected()
      receipts.disconnected()
      presence.disconnected()
      conversations.disconnected()
      keeping.disconnected()
      history.disconnected()
    },
    onFront: () => void sync.request('whole').catch(() => undefined),
    onSessionOver(code) {
      // Whoever stops the engine or signs in meanwhile waits for it; what it cannot put away, nobody can.
      over = sessionOver(code).catch(() => undefined)
    },
  })

  const sync = createSync({
    replica,
    call: connection.call,
    isConnected: connection.isConnected,
    onDead: connection.drop,
    onSynced() {
      connection.synced()
      outbox.setReady(true)
      users.connected()
      receipts.connected()
      keeping.connected()
      presence.connected()
    },
    onSettled: (changed, isWhole) => history.settled(changed, isWhole),
    onClock: (serverNow) => expiry.heard(serverNow),
    onEpoch: () => outbox.forgetBases(),
    onSeen(messages) {
      outbox.seen(messages)
      conversations.seen(messages)
    },
    onEphemeral(ephemeral) {
      if (ephemeral.event === 'typing') {
        // Who is blocked may be in a group with one (BLK-1).
        if (kept.rules.get().blocked.has(ephemeral.data.userId)) return
        conversations.typing(ephemeral.data)
        place.tell({ typing: ephemeral.data })
      } else presence.heard(ephemeral.data)
    },
    random,
  })

  const outbox = createOutbox({
    call: connection.call,
    store: entriesIn(replica, place.hasOthers),
    async bodyRevOf(id, messageId) {
      const message = await messages.api.get(id, messageId)
      if (!message) throw new PalabreError('MESSAGE_NOT_FOUND')
      return message.bodyRev
    },
    cursorOf: (id) => replica.timelines.get(id)?.cursor ?? null,
    onAcked: (message) => sync.acked(message),
    onKept: (entry) => sync.kept(entry),
    onChanged(id) {
      if (id === keepingLane) news.kept(false)
      waiting.invalidate()
      messages.changed(id)
      conversations.changed(id)
    },
    onTold: (change) => place.outboxChanged(change),
    onUploads: () => uploads.look(),
    now,
    random,
  })
  const uploads = createUploads({
    outbox,
    file: ({ order }, index) => replica.inCache((cache) => cache.file(order, index)),
    endpoint: `${apiBase(options.url)}/uploads`,
    tokens,
    onProgress: (messageId, progress) => place.tell({ upload: { messageId, progress } }),
    random,
  })
  const expiry = createExpiry({
    timelines: replica.timelines,
    now,
    onOver(id) {
      messages.changed(id)
      conversations.changed(id)
    },
  })
  const waiting = createDerived(() => outbox.waiting())

  const kept = createKept(replica, (id) => outbox.entriesOf(id), options.erasedName)
  const { remote } = place
  const engine = createEngine({
    kept,
    replica,
    sync,
    outbox,
    uploads,
    remote,
    connection,
    now,
    serverNow: () => expiry.now(),
  })
  const users = createUsers(engine)
  const messages = createMessages(engine)
  const history = createHistory(engine, random)
  const later = createLater(engine, messages.api)
  const media = createMedia(engine, { url: options.url, tokens })
  const keeping = createKeeping(engine, kept)
  const conversations = createConversations(engine, keeping.draftOf)
  const receipts = createReceipts(engine, random)
  const presence = createPresence(engine)
  const auth = createAuth({
    engine,
    http,
    url: options.url,
    tokens,
    mode: options.tokens,
    deviceName: options.deviceName,
    onSignedIn: signedIn,
    onSigningOut() {
      allTabs?.post({ say: 'over', sessionId: sessionId.get(), because: null } satisfies SessionWord)
      // From here on this tab asks for itself, and takes over from nobody.
      place.leave()
    },
    onSignedOut: () => forget(null, 'destroy'),
  })

  const news = createNews({ expiry, outbox, waiting, kept, users, messages, conversations, receipts })

  replica.onTouched((touched) => {
    me.set(replica.me())
    if (touched.all) news.everything()
    for (const id of touched.conversations) news.conversation(id)
    if (touched.all) users.changed(null)
    else news.users(touched.users)
    if (touched.all || touched.account) news.kept(touched.all)
    kept.level(touched.all || touched.account ? replica.timelines.keys() : touched.conversations)
  })
  // What waits is drawn otherwise without a connection, and a list is loaded once the first answer is there.
  connection.state.subscribe(news.everything)

  place.role.subscribe((role) => {
    if (role === 'outdated') storage.set({ name: 'memory', because: 'outdated' })
  })

  /** Shows what the cache holds; the connection comes after, here or in the tab that leads. */
  async function open(user: User, id: SessionId): Promise<void> {
    const cache = await openCache(user.id)
    storage.set(untold)
    cache.onStorage?.((state) => storage.set(state))
    sessionId.set(id)
    const state = storage.get()
    // What is in this tab's memory alone cannot be shared: it is a device of its own.
    const isShared = state.name === 'durable' || state.because === 'untold'
    const isFirst = !isShared || (await place.take(user.id))
    if (isFirst) {
      outbox.restore(await replica.open(user, cache))
      connection.open()
    }
    // What it takes to follow may not load: then this is a device of its own as long as the page is open.
    await place.join(joiner(user, cache)).catch(() => openAlone(user))
  }

  async function openAlone(user: User): Promise<void> {
    place.letGo()
    storage.set(untold)
    outbox.restore(await replica.open(user, memoryCache()))
    connection.open()
  }

  /** What this engine gives to lead or to follow with. */
  function joiner(user: User, cache: Cache): Parameters<Place['join']>[0] {
    return {
      id: v7(),
      userId: user.id,
      cache,
      replica,
      outbox,
      uploads,
      connection,
      sync,
      messages: messages.api,
      receipts: receipts.api,
      presence: { ...presence, of: presence.api.of },
      typing: conversations.typing,
      seen: conversations.seen,
      me: () => replica.me() ?? user,
      async isSignedIn() {
        if ((await sessions.load())?.sessionId === sessionId.get()) return true
        setTimeout(() => replica.isOpen() && void forget(null, 'keep', true), SIGN_OUT_WAIT_MS)
        return false
      },
      leaderIs(isOnline) {
        if (isOnline) {
          users.connected()
          presence.connected()
        } else {
          presence.disconnected()
          conversations.disconnected()
        }
      },
    }
  }

  async function signedIn(grant: SignedIn): Promise<void> {
    await over
    // Someone else on this device: the one before leaves with everything (SEC-31), unless it is the same person.
    if (replica.isOpen()) await forget(null, replica.me()?.id === grant.user.id ? 'keep' : ending())
    const stored: StoredSession = {
      user: grant.user,
      sessionId: grant.session.id,
      refreshToken: grant.refreshToken ?? null,
    }
    await sessions.save(stored)
    tokens.set(grant)
    await open(grant.user, grant.session.id)
    await unsent.back(grant.user.id)
    allTabs?.post({ say: 'in' } satisfies SessionWord)
  }

  /** Another tab of this browser signed in or out, or learned that the session is over. */
  async function heardOfSession(word: SessionWord): Promise<void> {
    if (word.say === 'over') {
      if (word.sessionId === sessionId.get() && replica.isOpen()) await forget(word.because, 'keep', true)
    } else if (word.say === 'left') await unsent.load()
    else {
      const stored = await sessions.load()
      if (!stored || stored.sessionId === sessionId.get()) return
      if (replica.isOpen()) await forget(null, 'keep', true)
      await open(stored.user, stored.sessionId)
    }
  }

  /**
   * CON-3. SESSION_UNKNOWN (a restored server): everything stays for when the same person signs in again. Any other
   * end wipes the cache, but not what was never sent: the person must be asked first, and signing in sends it.
   */
  async function sessionOver(code: ErrorCode): Promise<void> {
    if (code === 'SESSION_UNKNOWN') await forget(code, 'keep')
    else await forget(code, ending())
  }

  function ending(): 'keepOutbox' | 'destroy' {
    return outbox.isEmpty() ? 'destroy' : 'keepOutbox'
  }

  /** `isTold`: another tab said so, and does what is to be done once. */
  async function forget(
    because: ErrorCode | null,
    end: 'keep' | 'keepOutbox' | 'destroy',
    isTold = false,
  ): Promise<void> {
    if (!isTold) allTabs?.post({ say: 'over', sessionId: sessionId.get(), because } satisfies SessionWord)
    place.leave()
    connection.close(because)
    tokens.clear()
    outbox.clear()
    sessionId.set(null)
    const left = replica.me()
    if (!isTold) {
      await sessions.save(null)
      const isDurable = storage.get().name === 'durable'
      if (end !== 'destroy' && left) await replica.inCache((cache) => unsent.leave(left, cache, isDurable))
    }
    await close(end)
    if (!isTold) allTabs?.post({ say: 'left' } satisfies SessionWord)
  }

  /** Only then may another tab have what was this one's. */
  async function close(end: 'keep' | 'keepOutbox' | 'destroy'): Promise<void> {
    await replica.close(end).finally(place.letGo)
  }

  return {
    connection: connection.state,
    me,
    sessionId,
    waiting,
    storage,
    unsent: unsent.api,
    auth,
    users: users.api,
    conversations: { ...conversations.api, history: history.of, setDraft: keeping.setDraft },
    keeping: keeping.api,
    privacy: keeping.privacy,
    media,
    messages: {
      ...messages.api,
      forward: later.forward,
      segment: later.segment,
    },
    search: later.search,
    groups: later.groups,
    receipts: {
      markRead(id, seq) {
        receipts.api.markRead(id, seq)
        keeping.read(id)
        remote()?.({ do: 'markRead', id, seq }).catch(() => undefined)
      },
    },
    presence: presence.api,
    tabs: { role: place.role, isLookedAt: place.isLookedAt },
    call: (name, input) => connection.call(name, input),

    async start() {
      await unsent.load()
      const stored = await sessions.load()
      if (!stored) return
      await open(stored.user, stored.sessionId)
    },

    async stop() {
      await over
      expiry.stop()
      allTabs?.close()
      place.leave()
      connection.close(null)
      outbox.clear()
      await close('keep')
    },
  }
}

// What an interface or a bot can do with the engine: the types of the door. No code here.
import type {
  Audience,
  Allowed,
  Card,
  ConversationId,
  FactorProof,
  InputOf,
  Member,
  Message,
  MessageId,
  MessagesChoice,
  OperationName,
  Output,
  PasskeyAssertion,
  Place,
  PollInput,
  Presence,
  PrivacyMatter,
  Rules,
  Right,
  Session,
  SessionId,
  TypingState,
  User,
  UserId,
} from '@palabre/protocol'
import type { Cache, StorageState } from './cache/port.ts'
import type { TabPorts } from './tabs/ports.ts'
import type {
  Observable,
  ConnectionState,
  StrandedMessage,
  TimelineView,
  ConversationView,
  UploadProgress,
  MediaToSend,
  HistoryState,
  Scheduled,
  SearchAnswer,
  Segment,
  ConversationListView,
} from './views.ts'

export type * from './views.ts'

export interface ClientOptions {
  /** Origin of the server, e.g. `https://chat.example`. */
  url: string
  /** `cookie` in browsers, `body` elsewhere. */
  tokens: 'cookie' | 'body'
  /** Opens the cache of one user; memory when absent. Its name must hold the user's id (SEC-31). */
  openCache?: (userId: UserId) => Promise<Cache>
  /** Where the session survives a restart (the access token is never stored). Memory when absent. */
  sessionStorage?: SessionStorage
  /** Shown in the list of devices. */
  deviceName?: string
  /** The other tabs of this browser, which open the same cache: one leads. Absent: there are none. */
  tabs?: TabPorts | undefined
  /** Told by the embedder; defaults to always online and visible. */
  signals?: Signals
  /** What those are called whose account was deleted (ERASE-2); absent: nothing. */
  erasedName?: () => string
  /** For tests: milliseconds since 1970, and numbers in [0, 1). */
  now?: () => number
  random?: () => number
}

/** Who is signed in, without any secret in browsers; with the refresh token elsewhere. */
export interface StoredSession {
  user: User
  sessionId: SessionId
  refreshToken: string | null
}
/** Someone whose session ended while messages of theirs still waited on this device. */
export interface Unsent {
  user: User
  /** Messages that were written, or changed, and not sent. */
  count: number
  /** False: they go with this page. */
  isDurable: boolean
}
export interface SessionStorage {
  load(): Promise<StoredSession | null>
  save(session: StoredSession | null): Promise<void>
  /** Who left something unsent; without these it is known as long as the process lives. */
  loadUnsent?(): Promise<readonly Unsent[]>
  saveUnsent?(unsent: readonly Unsent[]): Promise<void>
}

/** What a browser knows and Node does not. */
export interface Signals {
  isOnline(): boolean
  isVisible(): boolean
  /** Its window is the one that a person works in. Absent: as visible. */
  isFocused?(): boolean
  /** Called at every change of either. */
  subscribe(listener: () => void): () => void
}

/**
 * `leader`: it has the connection. `follower`: it shows what the leader tells, and takes over when that one goes.
 * `outdated`: another tab runs a newer build; this one shows nothing new and must be loaded again.
 */
export type TabRole = 'alone' | 'leader' | 'follower' | 'outdated'

export interface Client {
  readonly connection: Observable<ConnectionState>
  readonly me: Observable<User | null>
  readonly sessionId: Observable<SessionId | null>
  /** Entries of the outbox that wait for the server (failed ones not counted). */
  readonly waiting: Observable<number>
  /** Whether what is written here outlives the page, or the process. */
  readonly storage: Observable<StorageState>

  readonly tabs: {
    role: Observable<TabRole>
    /** Someone has this page, or another tab of it that this one leads, before their eyes. */
    isLookedAt(): boolean
  }

  /** Opens the stored session, if there is one: shows the cache, then connects. Call once. */
  start(): Promise<void>
  /** Closes the connection and the cache; what waits stays in the outbox. */
  stop(): Promise<void>

  readonly auth: {
    register(input: {
      username: string
      password: string
      displayName: string
      invite?: string
    }): Promise<User>
    /** `stay`: the account was to be deleted, and is not (ACCOUNT_LEAVING). */
    login(input: { username: string; password: string; factor?: FactorProof; stay?: true }): Promise<User>
    loginWithPasskey(assertion: PasskeyAssertion): Promise<User>
    /** Deletes the account after some days of grace; signs out as `logout` does. Answers until when it can be taken back. */
    deleteMe(input: { password: string; messages: MessagesChoice }): Promise<number>
    /** Ends the session and wipes the cache. Messages that still wait are lost: ask first (`waiting`). */
    logout(): Promise<void>
    /** One's own data as a ZIP; wants a proof of who one is (PROOF_REQUIRED). `onBytes`: how much is here so far. */
    exportMine(onBytes: (bytes: number) => void, signal: AbortSignal): Promise<Blob>
    listSessions(): Promise<Session[]>
    endSession(id: SessionId): Promise<void>
    endOtherSessions(): Promise<number>
    updateMe(input: { displayName?: string; about?: string }): Promise<User>
  }

  /** What was written here and never sent, of people whose session is over. Signing in again sends it. */
  readonly unsent: {
    list: Observable<readonly Unsent[]>
    /** Takes it away for good, with all that this device holds of that person: ask first. */
    discard(userId: UserId): Promise<void>
  }

  readonly users: {
    find(query: string): Promise<User[]>
    /** Null until known; asks the server once when it is not. */
    user(id: UserId): Observable<User | null>
    contacts: Observable<readonly User[]>
    addContact(id: UserId): Promise<void>
    removeContact(id: UserId): Promise<void>
  }

  readonly conversations: {
    list: Observable<ConversationListView>
    /** Null when it is not (any more) one of mine. */
    one(id: ConversationId): Observable<ConversationView | null>
    /** Compared with the server while someone subscribes, and mended where it differs. */
    history(id: ConversationId): Observable<HistoryState>
    /** With one's own id: one's notes (NOTE-1). */
    openDirect(userId: UserId): Promise<ConversationId>
    /** What the conversation with oneself is called, in the reader's language. */
    nameNotes(title: string): void
    createGroup(input: { title: string; memberIds: UserId[] }): Promise<ConversationId>
    update(id: ConversationId, input: { title?: string; description?: string }): Promise<void>
    members(
      id: ConversationId,
      page: { offset: number; limit: number },
    ): Promise<{ members: Member[]; total: number }>
    addMembers(id: ConversationId, userIds: UserId[]): Promise<void>
    changeRole(id: ConversationId, userId: UserId, role: 'owner' | 'admin' | 'member'): Promise<void>
    removeMember(id: ConversationId, userId: UserId): Promise<void>
    /** `heirId`: who takes over when I own the group; absent: the longest-standing admin, else member. */
    leave(id: ConversationId, heirId?: UserId): Promise<void>
    /** How long new messages stay; null: they stay. */
    setTimer(id: ConversationId, expireAfterMs: number | null): Promise<void>
    pin(id: ConversationId, messageId: MessageId, forMs: number): Promise<void>
    unpin(id: ConversationId, messageId: MessageId): Promise<void>
    /** Kept here at once, and on the other devices after a pause; empty: at once. */
    setDraft(id: ConversationId, text: string, replyTo?: MessageId | null): void
  }

  /** What a group is governed by. Waits for the server. */
  readonly groups: {
    /** Admins. */
    setRight(id: ConversationId, right: Right, allowed: Allowed): Promise<void>
    /** Another link in place of the one there is; answers its code. Admins. */
    makeLink(id: ConversationId, how: Omit<InputOf<'makeLink'>, 'conversationId'>): Promise<string>
    /** The code of the link; null: there is none. Admins. */
    link(id: ConversationId): Promise<string | null>
    dropLink(id: ConversationId): Promise<void>
    /** What a link leads to. */
    look(code: string): Promise<Output<'lookAtLink'>>
    join(code: string): Promise<Output<'joinByLink'>>
    /** Who waits to be let in; how many is in each `ConversationView`. Admins. */
    asking(id: ConversationId): Promise<Output<'listAsking'>['asking']>
    answer(id: ConversationId, userId: UserId, isWelcome: boolean): Promise<void>
  }

  /** What one keeps for oneself, on all devices. Durable in the outbox when it resolves; shown at once. */
  readonly keeping: {
    pin(id: ConversationId, isPinned: boolean): Promise<void>
    /** Until then, in milliseconds since 1970; `limits.muteAlways`: until it is unmuted; null: not. */
    mute(id: ConversationId, until: number | null): Promise<void>
    archive(id: ConversationId, isArchived: boolean): Promise<void>
    markUnread(id: ConversationId, isMarkedUnread: boolean): Promise<void>
    /** All that was said so far goes, for me. */
    clear(id: ConversationId): Promise<void>
    /** Cleared, and out of the list until something is said. Of a group only after leaving it. */
    deleteConversation(id: ConversationId): Promise<void>
    star(id: ConversationId, messageId: MessageId, isStarred: boolean): Promise<void>
    isStarred(id: ConversationId, messageId: MessageId): boolean
    /** `<conversation>:<message>` of each; the same set until one comes or goes. */
    stars: Observable<ReadonlySet<string>>
    /** A page of them, newest first; null: the first one. */
    starred(cursor: string | null): Promise<{ messages: Message[]; cursor: string | null }>
    /**
     * A text that the server sends at `sendAt`, or at once where that is over (SCH-1); the same id again changes it, null
     * takes it back. Answers the id, a new one where none is given.
     */
    schedule(
      id: ConversationId,
      messageId: MessageId | null,
      message: {
        sendAt: number
        text: string
        replyTo: MessageId | null
        mentions: readonly UserId[]
      } | null,
    ): Promise<MessageId>
    /** What waits to be sent later, in no order, and what was refused at its time. */
    scheduled: Observable<readonly Scheduled[]>
    /** Deletes a message for me alone. */
    hide(id: ConversationId, messageId: MessageId): Promise<void>
    /** Calls someone by a name of one's own, and keeps them as a contact; null: by their own again. */
    name(userId: UserId, name: string | null): Promise<void>
    /** That name; null: none was given. */
    nameOf(userId: UserId): string | null
  }

  /** What one decides about others, on all devices; durable in the outbox when it resolves, and shown at once. */
  readonly privacy: {
    /** Whom one has blocked, who may see what, who waits for an answer. */
    rules: Observable<Rules>
    block(userId: UserId, isBlocked: boolean): Promise<void>
    choose(matter: PrivacyMatter, who: Audience): Promise<void>
    /** Lets somebody go on who has written for the first time. */
    accept(userId: UserId): Promise<void>
    /** That one has read what operators had to say (`rules.notices`). */
    readNotice(id: string): Promise<void>
  }

  readonly messages: {
    timeline(id: ConversationId): Observable<TimelineView>
    /** In the order in which they were written; `discard` takes one away. */
    stranded: Observable<readonly StrandedMessage[]>
    /** Asks for the page before the window. Resolves when it is in place or there is none. */
    loadBefore(id: ConversationId): Promise<void>
    /** Pages back until `seq` is in the window. */
    loadUntil(id: ConversationId, seq: number): Promise<void>
    /** The part of history around a message that is far from the window. @throws without a connection */
    segment(id: ConversationId, seq: number): Promise<Segment>
    /** A message that may be older than the window, e.g. a quoted one; null: not there or not mine to see. */
    get(id: ConversationId, messageId: MessageId): Promise<Message | null>
    /**
     * Durable in the outbox when it resolves; then shown, then sent. Answers the message's id: a new one, unless it was
     * begun elsewhere (in a notification).
     */
    send(
      id: ConversationId,
      input: { text: string; replyTo?: MessageId | null; mentions?: UserId[]; messageId?: MessageId },
    ): Promise<MessageId>
    /**
     * Sends messages of one conversation on to others, at most `limits.forwardTargets` at once, in their order and
     * marked as forwarded. Durable in the outbox when it resolves; answers the new ids, conversation by conversation.
     * @throws MESSAGE_NOT_FOUND when one is gone
     */
    forward(
      from: ConversationId,
      messageIds: readonly MessageId[],
      to: readonly ConversationId[],
    ): Promise<MessageId[]>
    /** A file: durable with its bytes when it resolves; then shown, then brought up, then sent. */
    sendMedia(id: ConversationId, media: MediaToSend): Promise<MessageId>
    sendCard(id: ConversationId, card: Card, replyTo?: MessageId | null): Promise<MessageId>
    sendPlace(id: ConversationId, place: Place, replyTo?: MessageId | null): Promise<MessageId>
    /**
     * Sends messages of one conversation on to others, at most `limits.forwardTargets` at once, in their order and
     * marked as forwarded. Durable in the outbox when it resolves; answers the new ids, conversation by conversation.
     * @throws MESSAGE_NOT_FOUND when one is gone
     */
    forward(
      from: ConversationId,
      messageIds: readonly MessageId[],
      to: readonly ConversationId[],
    ): Promise<MessageId[]>
    edit(id: ConversationId, messageId: MessageId, text: string): Promise<void>
    delete(id: ConversationId, messageId: MessageId): Promise<void>
    react(id: ConversationId, messageId: MessageId, emoji: string | null): Promise<void>
    sendPoll(id: ConversationId, poll: PollInput, replyTo?: MessageId | null): Promise<MessageId>
    /** All that one chooses in a poll, in place of what one had chosen. */
    vote(id: ConversationId, messageId: MessageId, choices: readonly number[]): Promise<void>
    closePoll(id: ConversationId, messageId: MessageId): Promise<void>
    /** Tries a failed message, or the failed change of one, again. */
    retry(id: ConversationId, messageId: MessageId): Promise<void>
    /** Takes a failed one away. */
    discard(id: ConversationId, messageId: MessageId): Promise<void>
    receipts(
      id: ConversationId,
      seq: number,
    ): Promise<{ delivered: UserId[]; read: UserId[]; waiting: UserId[] }>
  }

  readonly search: {
    /** Messages by their words; without a connection, those that this device holds. Null: the question was given up. */
    messages(input: InputOf<'searchMessages'>, signal?: AbortSignal): Promise<SearchAnswer | null>
  }

  readonly media: {
    /** How far a message's files are; null: none are on their way. */
    progress(messageId: MessageId): Observable<UploadProgress | null>
    /** The bytes of a message that waits on this device; null: it does not. */
    waiting(id: ConversationId, messageId: MessageId, part?: 'media' | 'poster'): Promise<Blob | null>
    /** Takes a message away that was not sent yet, with its files. False: it may have been sent; delete it. */
    cancel(id: ConversationId, messageId: MessageId): Promise<boolean>
    /** Where the server has it, for who brings the token or has the cookie of `open`. */
    url(mediaId: string, part?: 'media' | 'thumbnail'): string
    /** What the server keeps. @throws NOT_FOUND when it is not there, or not for me. */
    fetch(mediaId: string, part?: 'media' | 'thumbnail', signal?: AbortSignal): Promise<Blob>
    /** For messages that are drawn together. */
    newAlbumId(): string
    /** Lets this browser fetch media by itself, e.g. a video in parts. Answers until when, by the server's clock. */
    open(): Promise<number>
    /** The messages of a conversation with media, newest first. */
    list(
      id: ConversationId,
      what: InputOf<'listMedia'>['what'],
      before?: number,
    ): Promise<Output<'listMedia'>>
    /** One's own photo; null takes it away. */
    setPhoto(photo: Blob | null): Promise<void>
    /** A group's. */
    setConversationPhoto(id: ConversationId, photo: Blob | null): Promise<void>
  }

  readonly receipts: {
    /** Everything up to `seq` is before the person's eyes. Gathered; survives being offline. */
    markRead(id: ConversationId, seq: number): void
  }

  readonly presence: {
    /** Watches a person while someone subscribes. */
    of(userId: UserId): Observable<Presence | null>
    setTyping(id: ConversationId, state: TypingState): void
    setAway(isAway: boolean): void
  }

  /** Any operation, through the socket when there is one, else HTTP. Throws a PalabreError. */
  call<N extends OperationName>(name: N, input: InputOf<N>): Promise<Output<N>>
}

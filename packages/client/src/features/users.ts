// People: finding them, knowing them by id, contacts. Someone unknown is asked for once, however many look.
import { PalabreError, type User, type UserId } from '@palabre/protocol'
import type { Client, Observable } from '../api.ts'
import type { Engine } from '../engine.ts'
import { createDerived, type Derived } from '../observable.ts'

export interface Users {
  readonly api: Client['users']
  /** What is known now; asks for who is not. */
  known(id: UserId): User | null
  /** Null: anyone. */
  changed(ids: ReadonlySet<UserId> | null): void
  contactsChanged(): void
  /** What could not be asked may be asked again. */
  connected(): void
}

export function createUsers(engine: Engine): Users {
  const { replica, connection, kept } = engine
  const views = new Map<UserId, Derived<User | null>>()
  const asked = new Set<UserId>()
  const contacts = createDerived(listContacts)

  function known(id: UserId): User | null {
    const user = replica.users.get(id)
    if (user) return user
    if (replica.isOpen() && !asked.has(id)) {
      asked.add(id)
      void ask(id)
    }
    return null
  }

  /** As this person calls them. */
  function named(id: UserId): User | null {
    const found = known(id)
    return found && kept.named(found)
  }

  async function ask(id: UserId): Promise<void> {
    try {
      const { user } = await connection.call('getUser', { userId: id })
      replica.putUsers([user])
    } catch (error) {
      // Someone who may not be known stays unknown; a passing trouble is tried again at the next connection.
      if (!(error instanceof PalabreError) || error.retry !== 'never') asked.delete(id)
    }
  }

  function user(id: UserId): Observable<User | null> {
    const held = views.get(id)
    if (held) return held
    const view = createDerived(() => named(id))
    views.set(id, view)
    return view
  }

  function listContacts(): readonly User[] {
    const found: User[] = []
    for (const { value } of replica.account.values()) {
      const contact = value && 'addedAt' in value ? named(value.userId) : null
      if (contact) found.push(contact)
    }
    return found.sort((a, b) => a.displayName.localeCompare(b.displayName))
  }

  /** The account's log brings the change; without a socket somebody has to ask. */
  async function learnAccount(): Promise<void> {
    if (!connection.isConnected()) await engine.sync.request([])
  }

  return {
    api: {
      async find(query) {
        const { users } = await connection.call('findUsers', { query })
        replica.putUsers(users)
        return users.map(kept.named)
      },
      user,
      contacts,
      async addContact(userId) {
        await connection.call('addContact', { userId })
        await learnAccount()
      },
      async removeContact(userId) {
        await connection.call('removeContact', { userId })
        await learnAccount()
      },
    },
    known,
    changed(ids) {
      if (ids === null) {
        asked.clear()
        for (const view of views.values()) view.invalidate()
      } else for (const id of ids) views.get(id)?.invalidate()
      contacts.invalidate()
    },
    contactsChanged: () => contacts.invalidate(),
    connected() {
      for (const [id, view] of views) if (!replica.users.has(id)) view.invalidate()
    },
  }
}

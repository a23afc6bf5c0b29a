// The people and conversations that the load needs, made through the public API.
import type { Person } from './load.ts'

export interface Account extends Person {
  userId: string
  token: string
}

export interface Api {
  call<T>(method: string, path: string, token: string | null, body?: unknown): Promise<T>
}

export function api(url: string): Api {
  return {
    async call<T>(method: string, path: string, token: string | null, body?: unknown) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as T
    },
  }
}

export async function registerPeople(server: Api, count: number): Promise<Account[]> {
  const accounts: Account[] = []
  const one = async (index: number): Promise<Account> => {
    const answer = await server.call<{ user: { id: string }; accessToken: string }>(
      'POST',
      '/auth/register',
      null,
      {
        username: `person${index}`,
        password: `a long phrase for bench ${index}`,
        displayName: `Person ${index}`,
        tokens: 'body',
      },
    )
    return { userId: answer.user.id, token: answer.accessToken, auth: { token: answer.accessToken } }
  }
  for (let from = 0; from < count; from += 8) {
    const size = Math.min(8, count - from)
    accounts.push(...(await Promise.all(Array.from({ length: size }, (_, offset) => one(from + offset)))))
    if (from % 80 === 0) console.log(`  ${from + size} of ${count} accounts`)
  }
  return accounts
}

interface Opened {
  conversation: { id: string }
}

export async function openPairs(server: Api, people: Account[], pairs: number): Promise<string[]> {
  const ids: string[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const answer = await server.call<Opened>('POST', '/conversations', people[pair * 2]!.token, {
      kind: 'direct',
      userId: people[pair * 2 + 1]!.userId,
    })
    ids.push(answer.conversation.id)
  }
  return ids
}

export async function openGroup(server: Api, people: Account[], title: string): Promise<string> {
  const answer = await server.call<Opened>('POST', '/conversations', people[0]!.token, {
    kind: 'group',
    title,
    memberIds: people.slice(1).map((person) => person.userId),
  })
  return answer.conversation.id
}

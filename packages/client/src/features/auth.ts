// Signing up, in and out, and one's devices. What is opened and closed with a session is `client.ts`'s affair.
import type { InputOf, SignedIn, User } from '@palabre/protocol'
import type { Client, ClientOptions } from '../api.ts'
import type { Http } from '../connection/http.ts'
import type { Tokens } from '../connection/tokens.ts'
import type { Engine } from '../engine.ts'

export function createAuth(options: {
  engine: Engine
  http: Http
  url: string
  tokens: Tokens
  mode: ClientOptions['tokens']
  deviceName: string | undefined
  onSignedIn: (signedIn: SignedIn) => Promise<void>
  onSigningOut: () => void
  onSignedOut: () => Promise<void>
}): Client['auth'] {
  const { engine, http, tokens, mode } = options
  const { replica, connection } = engine
  const how = {
    tokens: mode,
    ...(options.deviceName === undefined ? {} : { deviceName: options.deviceName }),
  } satisfies Partial<InputOf<'login'>>

  async function entered(signedIn: SignedIn): Promise<User> {
    await options.onSignedIn(signedIn)
    return signedIn.user
  }

  return {
    register: async (input) => entered(await http.ask('register', { ...input, ...how })),
    loginWithPasskey: async (assertion) => entered(await http.ask('loginWithPasskey', { assertion, ...how })),
    login: async (input) => entered(await http.ask('login', { ...input, ...how })),

    async logout() {
      options.onSigningOut()
      try {
        // Over HTTP: the answer takes the cookie away.
        await http.ask('logout', {}, { token: await tokens.fresh() })
      } catch {
        // The session may be over already, or the server out of reach: this device forgets it all the same.
      }
      await options.onSignedOut()
    },

    async deleteMe(input) {
      const { eraseAt } = await http.ask('deleteMe', input, { token: await tokens.fresh() })
      options.onSigningOut()
      await options.onSignedOut()
      return eraseAt
    },

    async exportMine(onBytes, signal) {
      const { fetchExport } = await import('../connection/export.ts')
      return fetchExport({ url: options.url, tokens, onBytes, signal })
    },

    listSessions: async () => (await connection.call('listSessions', {})).sessions,
    endSession: async (sessionId) => {
      await connection.call('endSession', { sessionId })
    },
    endOtherSessions: async () => (await connection.call('endOtherSessions', {})).ended,

    async updateMe(input) {
      const { user } = await connection.call('updateMe', input)
      replica.setMe(user)
      return user
    },
  }
}

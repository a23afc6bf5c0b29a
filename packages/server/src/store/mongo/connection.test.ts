// What an operator is told when there is no MongoDB where they said: nothing of their password.
import { expect, test } from 'vitest'
import { connect } from './connection.ts'

test.each([
  'mongodb://ann:canary77@127.0.0.1:1/palabre',
  'mongodb://ann:canary77@127.0.0.1:1/palabre?nonsense=1',
  'mongodb://ann:can:ary77@127.0.0.1:1/palabre',
  'mongodb://ann:canary77@127.0.0.1:1/palabre?tls=canary77',
])(
  '[SEC-28] no server, or a URL that the driver refuses, is one sentence without the password',
  async (url) => {
    const error: unknown = await connect(url, { serverSelectionTimeoutMS: 200 }).catch(
      (raised: unknown) => raised,
    )
    const said = error instanceof Error ? error.message : ''
    expect(said).toMatch(/^MongoDB at MONGODB_URL cannot be used: .+\.$/)
    expect(said).not.toMatch(/canary|ary77/)
  },
)

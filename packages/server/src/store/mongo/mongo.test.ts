// The MongoDB store against the contract of all stores.
import { afterAll, describe } from 'vitest'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import { storeContract } from '../contract/store.ts'
import { openMongoStore } from './open.ts'

// A thousand people take their time to be made where every one is a question over a wire.
describe.skipIf(absenceOf('mongo'))('on MongoDB', { timeout: 120_000 }, () => {
  const databases = createDatabases()
  afterAll(() => databases.drop())

  storeContract('mongo', (place, options) => openMongoStore({ url: databases.urlOf(place), ...options }))
})

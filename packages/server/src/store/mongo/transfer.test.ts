// The MongoDB store against the contract of carrying a store.
import { afterAll, describe } from 'vitest'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { shortnessOf } from '../../../../../tests/kit/on-stores.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import { transferContract } from '../contract/transfer.ts'
import { openMongoStore } from './open.ts'
import { openMongoSource, openMongoTarget } from './transfer.ts'

describe.skipIf(absenceOf('mongo') ?? shortnessOf('mongo'))('on MongoDB', () => {
  const databases = createDatabases()
  afterAll(() => databases.drop())

  transferContract('mongo', {
    open: (place, options) => openMongoStore({ url: databases.urlOf(place), ...options }),
    source: (place) => openMongoSource(databases.urlOf(place)),
    target: (place) => openMongoTarget(databases.urlOf(place)),
  })
})

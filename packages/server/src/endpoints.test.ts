import { expect, test } from 'vitest'
import { mongoEndpoint, redisEndpoint, s3Endpoint } from './endpoints.ts'

const local = { isLocal: true, isEncrypted: false }
const remote = { isLocal: false, isEncrypted: false }
const safe = { isLocal: false, isEncrypted: true }

test.each([
  ['mongodb://localhost/palabre', local],
  ['mongodb://127.0.0.1:27017,[::1]:27018/palabre?replicaSet=rs0', local],
  ['mongodb://%2Frun%2Fmongodb.sock/palabre', local],
  ['mongodb://db.example/palabre', remote],
  ['mongodb://localhost,db.example/palabre', remote],
  ['mongodb://127.0.0.1.example/palabre', remote],
  ['mongodb://ann:p%40w@db.example:27017/palabre?TLS=true', safe],
  ['mongodb://db.example/palabre?ssl=true', safe],
  ['mongodb://db.example/palabre?tls=true&tlsAllowInvalidCertificates=true', remote],
  ['mongodb://db.example/palabre?tls=true&tlsInsecure=true', remote],
  ['mongodb+srv://ann:pw@cluster.example/palabre', safe],
  ['mongodb+srv://cluster.example/palabre?tls=false', remote],
  ['mongodb://db.example', null],
  ['mongodb://db.example/', null],
  ['mongodb://db.example/a/b', null],
  ['mongodb:///palabre', null],
  ['mongodb://a b/palabre', null],
  ['http://db.example/palabre', null],
])('%s', (url, endpoint) => {
  expect(mongoEndpoint(url)).toEqual(endpoint)
})

test.each([
  ['redis://localhost:6379', local],
  ['redis://:pw@127.0.0.1:6379/3', local],
  ['redis://10.0.0.7', remote],
  ['rediss://palabre:pw@redis.example:6380/0', safe],
  ['redis://', null],
  ['redis://localhost/palabre', null],
  ['https://localhost', null],
])('%s', (url, endpoint) => {
  expect(redisEndpoint(url)).toEqual(endpoint)
})

test.each([
  ['http://127.0.0.1:9000', local],
  ['http://s3.example', remote],
  ['https://s3.example/', safe],
  ['https://id:pw@s3.example', null],
  ['https://s3.example/bucket', null],
  ['ftp://s3.example', null],
])('%s', (url, endpoint) => {
  expect(s3Endpoint(url)).toEqual(endpoint)
})

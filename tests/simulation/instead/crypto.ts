// In the place of node:crypto: chance is the seed's. What is computed from something given stays the real thing.
import * as real from 'node:crypto'
import { stage } from '../stage.ts'

export * from 'node:crypto'
export default { ...real, randomBytes, randomUUID, getRandomValues }

export function randomBytes(size: number): Buffer {
  return Buffer.from(getRandomValues(new Uint8Array(size)))
}

export function getRandomValues<T extends Uint8Array>(bytes: T): T {
  const { chance } = stage()
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(chance() * 256)
  return bytes
}

export function randomUUID(): string {
  const hex = randomBytes(16).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

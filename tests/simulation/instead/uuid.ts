// In the place of uuid: version 7 with the seed's chance, and a clock that is now and then a day off, as devices' clocks are.
import { getRandomValues } from './crypto.ts'
import { stage } from '../stage.ts'

const dayMs = 24 * 60 * 60_000

export function v7(): string {
  const { chance } = stage()
  const off = chance() < 0.1 ? Math.floor((chance() - 0.5) * 2 * dayMs) : 0
  const time = (Date.now() + off).toString(16).padStart(12, '0')
  const hex = Buffer.from(getRandomValues(new Uint8Array(10))).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(1, 4)}-8${hex.slice(5, 8)}-${hex.slice(8)}`
}

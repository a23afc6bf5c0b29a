// What must hold whatever is done to a server: the same process, no word of something unexpected in its log, memory that
// comes back, and two honest people who still talk.
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { directOf, send } from '../kit/make.ts'
import type { Person } from '../kit/people.ts'
import type { ServerProcess } from '../kit/server.ts'
import { eventually } from '../kit/wait.ts'

const unexpected = /"INTERNAL"|failed unexpectedly|unhandled|uncaught|heap out of memory/iu
/** Of what it had before, once it has had time to tidy up. */
const growth = 1.3
/** What a young process takes in any case as its code warms up. */
const warmUpBytes = 96 * 1_024 * 1_024

export interface Oracle {
  /** @throws when the server is not as it was */
  judge(): Promise<void>
}

/** Takes the server as it is now for the measure. */
export async function createOracle(server: ServerProcess, alice: Person, bob: Person): Promise<Oracle> {
  const { pid } = server
  const conversationId = await directOf(alice, bob)
  const socket = await bob.socket()
  const before = memoryOf(pid)

  return {
    async judge() {
      expect(server.pid).toBe(pid)
      const { id } = await send(alice, conversationId, 'still there?')
      await socket.hears('receive_message', ({ message }: { message: { id: string } }) => message.id === id)
      expect(server.output()).not.toMatch(unexpected)
      const most = before * growth + warmUpBytes
      await eventually(() => (memoryOf(pid) < most ? true : undefined), `less memory than ${most} bytes`)
    },
  }
}

/** Resident, in bytes. */
function memoryOf(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1_024
}

// The processes with the devices in them, seen from the run: starts them, passes orders on, kills them like anything
// else (`kill -9`), and opens their devices again on what is left in their folders.
import { fork, type ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import type { Answers, DeviceOrder, Order, Word } from './orders.ts'

export interface Crews {
  readonly devices: readonly DeviceOrder[]
  /** Rejects when it is refused or when the process has gone. */
  tell<K extends Order['order']>(order: Extract<Order, { order: K }>): Promise<Answers[K]>
  /** Kills the process that a device is in, and every device with it, and starts it again after a while. */
  killOf(device: string, backAfterMs: number): Promise<void>
  stop(): Promise<void>
}

interface Crew {
  readonly devices: readonly DeviceOrder[]
  /** Null: not started yet. */
  child: ChildProcess | null
  waiting: Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>
  isStopped: boolean
}

/** Nothing that is asked takes this long: a crew that is silent ends the run with the order's name, not with nothing. */
const answerWithinMs = 120_000
const program = resolve(import.meta.dirname, 'crew.ts')

/** Starts them all; resolves when every device has been opened. */
export async function startCrews(
  groups: readonly (readonly DeviceOrder[])[],
  hear: (word: Word) => void,
): Promise<Crews> {
  let number = 0

  function start(crew: Crew): Promise<void> {
    const child = fork(program, [], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    crew.child = child
    const isReady = new Promise<void>((done, fail) => {
      child.on('message', (word: Word) => {
        if (word.word === 'ready') done()
        else if (word.word === 'answer') settle(crew, word.to)?.resolve(word.value)
        else if (word.word === 'failure') settle(crew, word.to)?.reject(new Error(word.error))
        else hear(word)
      })
      child.once('error', fail)
      child.once('exit', (code, signal) => {
        fail(new Error(`a crew ended (${code ?? signal})`))
        const lost = [...crew.waiting.values()]
        crew.waiting.clear()
        for (const { reject } of lost) reject(new Error('the crew has gone'))
      })
    })
    isReady.catch(() => undefined)
    return isReady
  }

  async function open(crew: Crew): Promise<void> {
    await start(crew)
    await Promise.all(crew.devices.map((device) => ask(crew, { order: 'open', device })))
  }

  function ask(crew: Crew, order: Order): Promise<unknown> {
    return new Promise((done, reject) => {
      number += 1
      const mine = number
      const late = setTimeout(() => {
        settle(crew, mine)?.reject(new Error(`${order.order} was not answered by ${deviceOf(order)}`))
      }, answerWithinMs)
      late.unref()
      crew.waiting.set(mine, {
        resolve(value) {
          clearTimeout(late)
          done(value)
        },
        reject(error) {
          clearTimeout(late)
          reject(error)
        },
      })
      if (crew.child?.connected !== true) {
        settle(crew, mine)?.reject(new Error('the crew has gone'))
        return
      }
      crew.child.send({ number: mine, order }, (error) => {
        if (error) settle(crew, mine)?.reject(error)
      })
    })
  }

  function crewOf(device: string): Crew {
    const crew = crews.find(({ devices }) => devices.some(({ name }) => name === device))
    if (crew === undefined) throw new Error(`no crew has ${device}`)
    return crew
  }

  const crews = groups.map((devices): Crew => ({
    devices,
    child: null,
    waiting: new Map(),
    isStopped: false,
  }))
  await Promise.all(crews.map(open))

  return {
    devices: groups.flat(),
    async tell<K extends Order['order']>(order: Extract<Order, { order: K }>) {
      const device = deviceOf(order)
      const crew = crews.find(({ devices }) => devices.some(({ name }) => name === device)) ?? crews[0]
      if (crew === undefined) throw new Error('there is no crew')
      return (await ask(crew, order)) as Answers[K]
    },
    async killOf(device, backAfterMs) {
      const crew = crewOf(device)
      await end(crew)
      await new Promise((done) => setTimeout(done, backAfterMs))
      if (!crew.isStopped) await open(crew)
    },
    async stop() {
      await Promise.all(
        crews.map(async (crew) => {
          crew.isStopped = true
          await end(crew)
        }),
      )
    },
  }
}

async function end({ child }: Crew): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGKILL')
  await ended
}

function deviceOf({ device }: Order): string {
  return typeof device === 'string' ? device : device.name
}

function settle(crew: Crew, number: number) {
  const found = crew.waiting.get(number)
  crew.waiting.delete(number)
  return found
}

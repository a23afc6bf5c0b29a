// The set-up of an integration test: one server for the file, people of its own for each test, and the
// checks after it: "stale state + events = fresh state", and nothing had to be mended to make it so.
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { createNetwork, type Network } from './links/network.ts'
import { spawnNodes, startNodes, type Nodes } from './nodes.ts'
import { register, type Person } from './people.ts'
import { repairsOf } from './repairs.ts'
import { everyoneAgrees } from './same.ts'
import { spawnServer, startServer, type Environment, type ServerProcess, type TestServer } from './server.ts'
import type { StoreName } from './stores.ts'

export interface World<S extends TestServer = TestServer> {
  readonly server: S
  /** New people, each with a device that is online. */
  people<N extends string>(...names: N[]): Promise<Record<N, Person>>
  /** New people with an account only. */
  accounts<N extends string>(...names: N[]): Promise<Record<N, Person>>
  /** A network of one's own in front of the server; give it to `opens`. */
  network(): Promise<Network>
  /** This test damages what devices hold: they may mend it. */
  spoils(): void
}

/** NODES=3: every suite whose server is in this process talks to three, behind a balancer. */
const nodeCount = Number(process.env['NODES'] ?? 1)

/** Call it in a `describe`. The server runs in this process; `now`: its clock. */
export function useWorld(store: StoreName, environment: Environment = {}, now?: () => number): World {
  return worldOf<TestServer>(() =>
    nodeCount > 1 && store === 'mongo'
      ? startNodes(nodeCount, environment, now)
      : startServer(store, environment, now),
  )
}

/** Like `useWorld`, with a server that is a process of its own. */
export function useProcessWorld(store: StoreName, environment: Environment = {}): World<ServerProcess> {
  return worldOf(() => spawnServer(store, environment))
}

/** Three nodes that are processes of their own, behind a balancer. */
export function useNodes(environment: Environment = {}): World<Nodes> {
  return worldOf(() => spawnNodes(3, environment))
}

function worldOf<S extends TestServer>(start: () => Promise<S>): World<S> {
  let server: S | null = null
  let everyone: Person[] = []
  let networks: Network[] = []
  let repairs = 0
  let isSpoilt = false

  beforeAll(async () => {
    server = await start()
  })
  afterAll(async () => {
    await server?.stop()
  })
  afterEach(async ({ task }) => {
    try {
      // A test that failed has said enough.
      if (task.result?.state === 'fail') return
      await everyoneAgrees(world.server.url, everyone)
      const before = repairs
      repairs = await repairsOf(world.server)
      // A server that was started anew counts from 0.
      if (!isSpoilt) expect(Math.max(0, repairs - before), 'messages that devices had to mend').toBe(0)
    } finally {
      isSpoilt = false
      await Promise.all(everyone.map((person) => person.leaves()))
      await Promise.all(networks.map((network) => network.close()))
      everyone = []
      networks = []
    }
  })

  const world: World<S> = {
    get server() {
      if (server === null) throw new Error('the server has not started')
      return server
    },
    async accounts<N extends string>(...names: N[]) {
      const people = await Promise.all(names.map((name) => register(world.server.url, name)))
      everyone.push(...people)
      return Object.fromEntries(people.map((person) => [person.name, person])) as Record<N, Person>
    },
    async people<N extends string>(...names: N[]) {
      const people = await world.accounts(...names)
      await Promise.all(Object.values<Person>(people).map((person) => person.opens()))
      return people
    },
    spoils() {
      isSpoilt = true
    },
    async network() {
      const network = await createNetwork(world.server)
      networks.push(network)
      return network
    },
  }
  return world
}

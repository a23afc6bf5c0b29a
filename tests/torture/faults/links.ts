// What is done to a device and to the link between it and the servers. Each fault knows how to undo itself.
import type { Breakers, Breaking } from './breaking.ts'

const dayMs = 86_400_000
const clockStepMs = 250
const leastDeafMs = 3_000
/** Of those over HTTP: renewals of tokens, and what scripts send. */
const repeatedRequests = 6
/** Requests whose answer it matters to lose. */
const changes = ['send_message', 'edit_message', 'delete_message', 'react', 'mark_read'] as const

export function linkFaults({ world, pause, isHealing }: Breaking): Breakers {
  const { places, crews, record } = world
  return {
    async drop(_, { link }) {
      link.drop()
    },
    async cut({ lastsMs }, { link }) {
      link.cut()
      await pause(lastsMs)
      link.heal()
    },
    async cutBeforeCommit(_, { link }) {
      link.spoil('beforeServer', changes)
    },
    async cutAfterCommit(_, { link }) {
      link.spoil('afterCommit', changes)
    },
    async loseAck(_, { link }) {
      link.spoil('onlyAck', changes)
    },
    async halfOpen(_, { link }) {
      link.halfOpen()
    },
    async stall({ lastsMs }, { link }) {
      link.stall()
      await pause(lastsMs)
      link.heal()
    },
    async slowLink({ lastsMs, which }, { link }) {
      link.slow(20 + 300 * which)
      await pause(lastsMs)
      link.heal()
    },
    async slowConsumer({ lastsMs }, { link, order }) {
      link.deafen()
      await crews.tell<'flood'>({ order: 'flood', device: order.name })
      await pause(Math.max(leastDeafMs, lastsMs))
      link.heal()
    },
    async repeatHttp({ which }, { link }) {
      link.repeatHttp(repeatedRequests, 1_500 * which)
    },
    async delayHttp({ which }, { link }) {
      link.delayHttp(repeatedRequests, 100 + 2_000 * which)
    },
    async clockJump({ lastsMs, which }, { order }) {
      const ms = which < 0.5 ? -dayMs : dayMs
      await crews.tell<'clock'>({ order: 'clock', device: order.name, ms })
      await pause(lastsMs)
      await crews.tell<'clock'>({ order: 'clock', device: order.name, ms: 0 })
    },
    async clockSteps({ lastsMs, which }, { order }) {
      for (let passed = 0; passed < lastsMs && !isHealing(); passed += clockStepMs) {
        const ms = Math.round((which - 0.5) * dayMs * Math.sin(passed))
        await crews.tell<'clock'>({ order: 'clock', device: order.name, ms })
        await pause(clockStepMs)
      }
    },
    async tokenExpires(_, { link, order }) {
      // It takes its token for good, connects with it, and does not renew it: it runs out in the middle of things.
      await crews.tell<'clock'>({ order: 'clock', device: order.name, ms: -dayMs })
      link.drop()
    },
    async reload(_, { order }) {
      await crews.tell<'reload'>({ order: 'reload', device: order.name })
    },
    async reloadFullOutbox({ lastsMs, which }, { link, order }) {
      link.cut()
      for (let n = 0; n < 3; n += 1) {
        const deed = {
          deed: 'burst',
          where: (which + n / 3) % 1,
          which,
          text: `⟨full ${record.at()} ${n}⟩`,
        } as const
        await crews.tell<'deed'>({ order: 'deed', device: order.name, deed })
      }
      await crews.tell<'reload'>({ order: 'reload', device: order.name })
      await pause(lastsMs)
      link.heal()
    },
    async leaderKilled({ which }, { order }) {
      const beforeWrite = 1 + Math.floor(which * 6)
      await crews.tell<'killLeader'>({ order: 'killLeader', device: order.name, beforeWrite })
    },
    async removedWhileOffline({ lastsMs, which }, { person }) {
      const theirs = places.filter((place) => place.person === person)
      const groups = world.groups.filter(({ owner }) => owner !== person)
      const group = groups[Math.floor(which * groups.length)]
      const asker = places.find((place) => place.person === group?.owner)
      if (group === undefined || asker === undefined) return
      const order = {
        order: 'member',
        device: asker.order.name,
        conversation: group.id,
        user: person.id,
      } as const
      for (const { link } of theirs) link.cut()
      try {
        await crews.tell<'member'>({ ...order, isWanted: true }).catch(() => undefined)
        await crews.tell<'member'>({ ...order, isWanted: false })
        await pause(lastsMs)
        if (which < 0.6) await crews.tell<'member'>({ ...order, isWanted: true })
      } finally {
        for (const { link } of theirs) link.heal()
      }
    },
  }
}

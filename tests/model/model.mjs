// Executable model of the protocol's core (docs/protocol.md). Plain Node, seeded, virtual time. See README.md.
// Every `yield` is one step: other processes run in between and the owner (node or device) may crash there.
import { pathToFileURL } from 'node:url'

// The rules. All on: the protocol. `off: [...]` switches rules off: a mutant.
export const RULES = {
  joinFirst: 'rooms joined before sync reads',
  headFirst: 'delta: head read before the scan',
  holdBack: 'live events held while a sync is under way',
  atomicCache: 'cursor and data persisted in one transaction',
  outboxKeep: 'outbox entry kept until the ack',
  sameId: 'a retry keeps its id',
  denseAlloc: 'rev and seq are highest+1 under the unique index (not $inc, then insert)',
  cas: 'an edit is a compare-and-set on the rev it read',
  revClaim:
    'a rev stays claimed for ever: unique index (conversation, revs[]), revs = every rev the message has had',
  newAbove: 'an edit goes on only if its new rev is above the rev it read (else it starts again)',
  uniqueId: 'unique index (conversation, id)',
  commitFirst: 'ack after commit',
  gapCheck: 'an event is applied only at cursor+1',
  emitCheck: 'events carry membersRev; a node with an older view reloads it before it emits',
  viewJoin: 'room = f(view of the node), a join never undoes a newer eviction',
  syncRecheck: 'sync checks membership again after its reads',
  historyTick: 'messages before joinedSeq reach a newcomer as a bare rev',
  joinFloor: 'no event with rev < joinedRev goes to that member (not even as a bare rev)',
  selfChange:
    'the ack of my own leaving drops the conversation; an event that adds me drops it and asks sync',
  joinReset: 'client rev < joinedRev: reset',
  mergeMax: 'a message is replaced only by a higher rev of itself',
  upsert: 'an update of a message not held, inside the window, is inserted',
  origHash: 'idempotency compares with the body as first sent',
  idFirst: 'idempotency is looked up before membership',
  idTwice: 'before NOT_MEMBER is answered the id is looked up once more, after the membership was read',
  opIds: 'edits, deletes, reactions carry an op id kept on the message',
  parentBase: 'an edit of a queued message waits behind it and takes its base from the ack',
  failedHeals: 'a failed entry whose id (or op id) is seen in the store is sent after all',
  marksInSync: 'sync returns marks of every listed conversation',
  clampMarks: 'marks are clamped to lastSeq',
  epoch: 'another epoch drops the cache',
  busEpoch: 'events between nodes carry the epoch; another epoch is dropped',
  logFirst: 'membership: the system message is the commit, the header follows',
  repair: 'a reader that finds the header behind the log rebuilds it first',
  ephCheck: 'receipts and typing carry membersRev and are checked at emit like events',
  redoOnDup: 'a repeat of a membership change redoes header and events',
  checkLast:
    'edit: highest, document, then membership: an answer with content (also MESSAGE_CHANGED) is read before its check',
  authAfterHead: 'write check between reading highest and inserting highest+1',
  probe: 'a periodic sync (a lost last event leaves no gap)',
  pageHold: 'updates below the window are kept while a page is under way',
  heldRemove: 'conversation_removed is held back during sync like any event',
  membersRevAfter: 'membersRev of an event is read after its commit',
}
export function prng(a) {
  a |= 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
class Violation extends Error {}
const K = 6,
  W = 3,
  GAP = 150,
  PROBE = 4000 // small stand-ins for 200, 50, 150 ms and the probe's period

// ---------- the store: each method is one atomic store call ----------
class Store {
  constructor() {
    this.epoch = 1
    this.convs = new Map()
  }
  conv(c) {
    return this.convs.get(c)
  }
  create(c, users) {
    const v = { docs: [], header: { mrev: 0, members: {} }, marks: {}, ctr: 0, sctr: 0 }
    this.convs.set(c, v)
    v.docs.push({
      id: c + ':create',
      seq: 1,
      rev: 1,
      revs: [1],
      irev: 1,
      sender: users[0],
      sys: { op: 'create', users },
      body: '',
      ops: [],
    })
    v.ctr = v.sctr = 1
    this.applyHeader(c)
    return v
  }
  claims(d, rev) {
    return d.rev === rev || (this.revClaim && d.revs.includes(rev))
  }
  snapshot() {
    const s = new Store()
    s.epoch = this.epoch
    s.revClaim = this.revClaim
    for (const [k, v] of this.convs)
      s.convs.set(k, {
        docs: [...v.docs],
        header: v.header,
        marks: structuredClone(v.marks),
        ctr: v.ctr,
        sctr: v.sctr,
      })
    return s
  }
  find(c, id) {
    return this.conv(c).docs.find((d) => d.id === id)
  }
  highRev(c) {
    let h = 0
    for (const d of this.conv(c).docs) if (d.rev > h) h = d.rev
    return h
  }
  highSeq(c) {
    let h = 0
    for (const d of this.conv(c).docs) if (d.seq > h) h = d.seq
    return h
  }
  insert(c, doc, uniqueId, dense) {
    const ds = this.conv(c).docs
    if (ds.some((d) => this.claims(d, doc.rev))) return 'dup-rev'
    if (ds.some((d) => d.seq === doc.seq)) return 'dup-seq'
    if (uniqueId && ds.some((d) => d.id === doc.id)) return 'dup-id'
    ds.push(doc)
    if (dense) {
      const v = this.conv(c)
      v.ctr = Math.max(v.ctr, doc.rev)
    }
    return 'ok'
  }
  update(c, id, casRev, doc) {
    const ds = this.conv(c).docs,
      i = ds.findIndex((d) => d.id === id)
    if (casRev !== null && ds[i].rev !== casRev) return 'cas'
    if (ds.some((d, j) => j !== i && this.claims(d, doc.rev))) return 'dup-rev'
    ds[i] = doc
    return 'ok'
  }
  scan(c, above, n) {
    return this.conv(c)
      .docs.filter((d) => d.rev > above)
      .sort((a, b) => a.rev - b.rev)
      .slice(0, n)
  } // forward along the index (conv, rev)
  before(c, seq, from, n) {
    return this.conv(c)
      .docs.filter((d) => d.seq < seq && d.seq >= from)
      .sort((a, b) => b.seq - a.seq)
      .slice(0, n)
  }
  topMrev(c) {
    let h = 0
    for (const d of this.conv(c).docs) if (d.sys && d.rev > h) h = d.rev
    return h
  }
  fold(c, upTo = Infinity) {
    const m = {}
    let mrev = 0
    for (const d of this.conv(c)
      .docs.filter((x) => x.sys && x.irev <= upTo)
      .sort((a, b) => a.irev - b.irev)) {
      mrev = d.irev
      if (d.sys.op === 'create') for (const u of d.sys.users) m[u] = { joinedRev: 1, joinedSeq: 1 }
      else if (d.sys.op === 'add') {
        if (!m[d.sys.user]) m[d.sys.user] = { joinedRev: d.irev, joinedSeq: d.seq }
      } else delete m[d.sys.user]
    }
    return { mrev, members: m }
  }
  applyHeader(c) {
    this.conv(c).header = this.fold(c)
  }
  mark(c, u, k, seq, clamp) {
    const v = this.conv(c),
      m = (v.marks[u] ??= { d: 0, r: 0 })
    if (clamp) seq = Math.min(seq, this.highSeq(c))
    if (seq > m[k]) v.marks[u] = { ...m, [k]: seq }
    return v.marks[u]
  }
}

// ---------- the world ----------
export class World {
  constructor(seed, opt = {}) {
    this.opt = { variant: 'B', nodes: 2, mode: 'R', epoch: false, bound: false, steps: 18, ...opt }
    this.R = {}
    for (const k of Object.keys(RULES)) this.R[k] = !(opt.off ?? []).includes(k)
    this.rnd = prng(seed * 2654435761 + 97)
    this.t = 0
    this.q = []
    this.n = 0
    this.log = []
    this.stat = { holes: 0, resets: 0, gaps: 0, events: 0, uncovered: 0 }
    this.S = new Store()
    this.S.revClaim = this.R.revClaim
    this.faults = true
    this.ids = 0
    this.g = {
      commits: new Map(),
      acked: [],
      removed: new Map(),
      failed: [],
      seqOf: new Map(),
      sent: new Map(),
    }
    const users = ['u1', 'u2', 'u3']
    this.users = users
    this.S.create('c1', users)
    this.S.create('c2', ['u1', 'u2'])
    for (const u of users) this.S.create('@' + u, [u])
    for (let i = 0; i < (opt.old ?? 0); i++)
      for (const c of ['c1', 'c2']) {
        const v = this.S.conv(c),
          r = v.docs.length + 1
        v.docs.push({
          id: c + 'h' + i,
          seq: r,
          rev: r,
          revs: [r],
          irev: r,
          sender: users[i % 2],
          body: c + 'h' + i,
          body0: c + 'h' + i,
          ops: [],
          deleted: false,
        })
        v.ctr = v.sctr = r
      }
    for (const c of this.S.convs.keys()) for (const d of this.S.conv(c).docs) this.ghostCommit(c, d)
    this.nodes = Array.from({ length: this.opt.nodes }, (_, i) => ({
      id: i,
      gen: 0,
      up: true,
      socks: new Set(),
      views: {},
      pub: [],
      pumping: false,
    }))
    this.devs = []
    for (const u of users)
      for (let i = 0; i < (u === 'u3' ? 1 : 2); i++) this.devs.push(this.newDev(u + '.' + i, u))
  }
  ri(n) {
    return Math.floor(this.rnd() * n)
  }
  pick(a) {
    return a[this.ri(a.length)]
  }
  lat() {
    const r = this.rnd()
    return r < 0.7 ? this.rnd() * 3 : r < 0.95 ? this.rnd() * 15 : this.rnd() * 120
  }
  at(d, fn) {
    const q = this.q,
      e = { t: this.t + d, n: this.n++, fn }
    let i = q.push(e) - 1
    while (i) {
      const p = (i - 1) >> 1
      if (q[p].t < e.t || (q[p].t === e.t && q[p].n < e.n)) break
      q[i] = q[p]
      i = p
    }
    q[i] = e
  }
  pop() {
    const q = this.q,
      top = q[0],
      e = q.pop()
    if (q.length) {
      let i = 0
      for (;;) {
        let c = 2 * i + 1
        if (c >= q.length) break
        const lt = (a, b) => a.t < b.t || (a.t === b.t && a.n < b.n)
        if (c + 1 < q.length && lt(q[c + 1], q[c])) c++
        if (lt(e, q[c])) break
        q[i] = q[c]
        i = c
      }
      q[i] = e
    }
    return top
  }
  runUntil(t) {
    while (this.q.length && this.q[0].t <= t) {
      const e = this.pop()
      this.t = e.t
      e.fn()
    }
    this.t = t
  }
  spawn(owner, gen, done) {
    const g = owner.gen,
      step = () => {
        if (owner.gen !== g) return
        const r = gen.next()
        if (r.done) done?.(r.value)
        else this.at(this.lat() + (owner.slow > this.t ? this.rnd() * 300 : 0), step)
      }
    this.at(this.lat(), step)
  }
  *tx(g) {
    if (this.opt.variant === 'A') {
      let r = g.next()
      while (!r.done) r = g.next()
      return r.value
    }
    return yield* g
  }
  say(...a) {
    if (this.opt.trace) this.log.push(this.t.toFixed(1).padStart(8) + '  ' + a.join(' '))
  }
  fail(kind, msg) {
    this.say('VIOLATION', kind, msg)
    const e = new Violation(kind + ': ' + msg)
    e.kind = kind
    throw e
  }

  // ---------- ghost: what the checker knows ----------
  ghostCommit(c, doc) {
    let g = this.g.commits.get(c)
    if (!g) this.g.commits.set(c, (g = new Map()))
    const f = this.S.fold(c),
      rem = this.g.removed.get(c) ?? {}
    if (doc.sys?.op === 'add') delete rem[doc.sys.user]
    const out = new Set()
    for (const u of Object.keys(rem)) if (!f.members[u]) out.add(u)
    if (doc.rev > 1) {
      const pre = this.S.fold(c, doc.rev - 1)
      if (!pre.members[doc.by ?? doc.sender])
        this.fail('non-member-write', `${c} rev ${doc.rev} by ${doc.by ?? doc.sender}`)
    }
    g.set(doc.rev, { out, members: f.members })
    this.say(
      'commit',
      c,
      'rev',
      doc.rev,
      'seq',
      doc.seq,
      doc.id,
      doc.sys ? doc.sys.op + ' ' + (doc.sys.user ?? '') : doc.deleted ? 'deleted' : JSON.stringify(doc.body),
      'ops',
      doc.ops.join(','),
    )
  }
  ghostSeen(u, c, m) {
    const e = this.g.commits.get(c)?.get(m.rev)
    if (!e) return // emitted to a socket of u
    if (e.out.has(u))
      this.fail(
        'leak-removed',
        `${u} is sent ${c} rev ${m.rev} (${m.id}), committed after its acknowledged removal`,
      )
    const me = e.members[u]
    if (me && m.seq < me.joinedSeq)
      this.fail('leak-history', `${u} is sent ${c} seq ${m.seq} from before its joinedSeq ${me.joinedSeq}`)
  }

  // ---------- server: writes ----------
  *membersOf(c) {
    yield
    let h = this.S.conv(c).header
    if (this.R.repair) {
      yield
      if (h.mrev < this.S.topMrev(c)) {
        yield
        this.S.applyHeader(c)
      }
      h = this.S.conv(c).header
    }
    return h
  }
  *alloc(c) {
    if (this.R.denseAlloc) {
      yield
      const s = this.S.highSeq(c)
      yield
      return [s + 1, this.S.highRev(c) + 1]
    }
    yield
    const v = this.S.conv(c)
    return [++v.sctr, ++v.ctr]
  }
  *write(n, c, user, op) {
    // op: { id, body, poison } | { id, sys } | { op, target, kind, base, body }
    const S = this.S
    let pre = null
    if (op.poison) return { err: 'VALIDATION' }
    if (!this.R.authAfterHead) {
      pre = yield* this.membersOf(c)
      if (!pre.members[user]) return { err: 'NOT_MEMBER' }
    }
    for (let tries = 0; ; tries++) {
      if (!op.target) {
        // a new message, or a membership change (system message)
        const look = function* () {
          yield
          return S.find(c, op.id)
        }
        const ex = this.R.idFirst || op.sys ? yield* look() : null
        if (ex) return yield* this.repeat(n, c, user, op, ex)
        const [seq, rev] = yield* this.alloc(c)
        const h = pre ?? (yield* this.membersOf(c))
        if (!h.members[user]) {
          const late = this.R.idTwice ? yield* look() : null
          return late ? yield* this.repeat(n, c, user, op, late) : { err: 'NOT_MEMBER' }
        }
        if (op.sys && (op.sys.op === 'add') === !!h.members[op.sys.user]) return { err: 'NOOP' }
        if (op.sys && !this.R.logFirst) {
          yield
          const m = { ...S.conv(c).header.members }
          if (op.sys.op === 'add') m[op.sys.user] = { joinedRev: rev, joinedSeq: seq }
          else delete m[op.sys.user]
          S.conv(c).header = { mrev: rev, members: m }
        }
        const doc = {
          id: op.id,
          seq,
          rev,
          revs: [rev],
          irev: rev,
          sender: user,
          sys: op.sys,
          body: op.body ?? '',
          body0: op.body ?? '',
          ops: [],
          deleted: false,
        }
        let r
        do {
          yield
          r = S.insert(c, doc, this.R.uniqueId, this.R.denseAlloc)
        } while (!this.R.denseAlloc && r.startsWith('dup-r'))
        if (r === 'ok') {
          this.ghostCommit(c, doc)
          const ev = this.publish(n, c, doc)
          if (op.sys && this.R.logFirst) {
            yield
            S.applyHeader(c)
            ev.ready = true
          }
          return { message: doc }
        }
        if (r === 'dup-id') {
          yield
          return yield* this.repeat(n, c, user, op, S.find(c, op.id))
        }
      } else {
        // edit, delete, react
        const [, rev] = yield* this.alloc(c)
        let h = this.R.checkLast ? null : (pre ?? (yield* this.membersOf(c)))
        yield
        const d = S.find(c, op.target)
        h ??= pre ?? (yield* this.membersOf(c))
        const mine = this.R.opIds && d?.ops.includes(op.op)
        if (mine && this.R.idFirst && !h.members[user]) return { receipt: { id: d.id, seq: d.seq } }
        if (!h.members[user]) return { err: 'NOT_MEMBER' }
        if (!d) return { err: 'NOT_FOUND' }
        if (d.seq < h.members[user].joinedSeq)
          return mine ? { receipt: { id: d.id, seq: d.seq } } : { err: 'NOT_FOUND' }
        if (mine) return { message: d, duplicate: true }
        if (d.deleted) return { err: 'DELETED' }
        if (op.kind === 'edit' && d.rev !== op.base) return { err: 'CHANGED', message: d }
        if (this.R.newAbove && rev <= d.rev) continue
        const doc = {
          ...d,
          rev,
          revs: [...d.revs, rev],
          by: user,
          ops: [...d.ops, op.op],
          body: op.kind === 'edit' ? op.body : op.kind === 'delete' ? '' : d.body,
          deleted: op.kind === 'delete',
        }
        yield
        const r = S.update(c, d.id, this.R.cas ? d.rev : null, doc)
        if (r === 'ok') {
          this.ghostCommit(c, doc)
          this.publish(n, c, doc)
          return { message: doc }
        }
      }
    }
  }
  *repeat(n, c, user, op, ex) {
    if (ex.sender !== user || (this.R.origHash ? ex.body0 : ex.body) !== (op.body ?? ''))
      return { err: 'CONFLICT' }
    if (op.sys && this.R.redoOnDup) {
      yield
      this.S.applyHeader(c)
      this.publish(n, c, ex)
    }
    const h = yield* this.membersOf(c),
      me = h.members[user]
    if (!me || ex.seq < me.joinedSeq) return { receipt: { id: ex.id, seq: ex.seq } } // stored, but no longer his to read: no content
    return { message: ex, duplicate: true }
  }
  publish(n, c, doc) {
    const e = { c, rev: doc.rev, message: doc, mrev: this.S.topMrev(c) }
    if (!this.R.membersRevAfter) e.mrev = this.S.conv(c).header.mrev
    n.pub.push(e)
    if (!n.pumping) {
      n.pumping = true
      this.spawn(n, this.pump(n))
    }
    return e
  }
  *pump(n) {
    while (n.pub.length) {
      yield
      const e = n.pub.shift()
      this.bus(n, e)
    }
    n.pumping = false
  }
  bus(n, e) {
    e.epoch = this.S.epoch
    this.spawn(n, this.deliver(n, e))
    const lossy = this.faults && this.opt.mode !== 'L'
    for (const o of this.nodes)
      if (o !== n) {
        if (lossy && this.rnd() < 0.25) {
          this.say('bus drops', e.c, e.rev ?? 'marks', 'to node', o.id)
          continue
        }
        for (let k = this.rnd() < 0.1 ? 2 : 1; k--;)
          this.at(this.lat() * 2, () => {
            if (o.up) this.spawn(o, this.deliver(o, e))
          })
      }
  }
  setView(n, c, h) {
    const v = n.views[c]
    if (v && v.mrev > h.mrev) return
    n.views[c] = h
    for (const k of n.socks) {
      const m = h.members[k.user]
      if (m && k.ready && !k.rooms.has(c)) {
        k.rooms.add(c)
        if (v) this.down(k, { t: 'added', c })
      } else if (!m && k.rooms.has(c)) {
        k.rooms.delete(c)
        this.down(k, { t: 'removed', c, mrev: h.mrev })
      }
    }
  }
  *deliver(n, e) {
    const c = e.c
    let turns = 0
    if (this.R.busEpoch && e.epoch !== this.S.epoch) return
    if (e.marks) {
      if (this.R.ephCheck)
        while (!n.views[c] || n.views[c].mrev < e.mrev)
          if (++turns > 60) this.fail('view-livelock', `node ${n.id} waits for membersRev ${e.mrev} of ${c}`)
          else this.setView(n, c, yield* this.tx(this.membersOf(c)))
      for (const k of n.socks)
        if (k.rooms.has(c) && (!this.R.ephCheck || n.views[c].members[k.user])) {
          if (e.out.has(k.user) && this.g.removed.get(c)?.[k.user] === e.out.get(k.user))
            this.fail('leak-ephemeral', `${k.user} is sent marks of ${c} made after its acknowledged removal`)
          this.down(k, { t: 'marks', c, u: e.u, marks: e.marks })
        }
      return
    }
    if (this.R.emitCheck) {
      while (!n.views[c] || n.views[c].mrev < e.mrev)
        if (++turns > 60) this.fail('view-livelock', `node ${n.id} waits for membersRev ${e.mrev} of ${c}`)
        else this.setView(n, c, yield* this.tx(this.membersOf(c)))
    } else if (e.message.sys)
      for (const k of n.socks)
        if (k.user === e.message.sys.user) {
          if (e.message.sys.op === 'add') {
            if (!k.rooms.has(c)) {
              k.rooms.add(c)
              this.down(k, { t: 'added', c })
            }
          } else if (k.rooms.delete(c)) this.down(k, { t: 'removed', c, mrev: e.rev })
        }
    for (const k of n.socks)
      if (k.rooms.has(c)) {
        const me = n.views[c]?.members[k.user]
        if (this.R.emitCheck && !me) continue
        if (this.R.joinFloor && me && e.rev < me.joinedRev) continue
        const full = !this.R.historyTick || !me || e.message.seq >= me.joinedSeq
        this.down(k, { t: 'ev', c, rev: e.rev, message: full ? e.message : null })
      }
  }

  // ---------- server: reads ----------
  *delta(c, from, me) {
    const S = this.S
    let head,
      msgs = new Map(),
      reset = this.R.joinReset && from < me.joinedRev,
      lo = null
    if (this.R.headFirst) {
      yield
      head = S.highRev(c)
      if (from > head && this.R.epoch) reset = true
    }
    if (!reset)
      for (let pos = from; ;) {
        yield
        const b = S.scan(c, pos, 2).filter((d) => !this.opt.bound || head === undefined || d.rev <= head)
        if (!b.length) break
        for (const d of b) msgs.set(d.id, d)
        pos = b.at(-1).rev
        if (msgs.size > K) {
          reset = true
          break
        }
      }
    if (reset) {
      msgs = new Map()
      for (let pos = Infinity; msgs.size < W;) {
        yield
        const b = S.before(c, pos, this.R.historyTick ? me.joinedSeq : 1, 2)
        if (!b.length) break
        for (const d of b) msgs.set(d.id, d)
        pos = b.at(-1).seq
      }
      this.stat.resets++
    }
    if (!this.R.headFirst) {
      yield
      head = S.highRev(c)
    }
    let out = [...msgs.values()]
    if (this.R.historyTick) out = out.filter((d) => d.seq >= me.joinedSeq)
    if (reset) lo = out.length >= W ? Math.min(...out.map((d) => d.seq)) : me.joinedSeq
    return { c, rev: head, messages: out, reset, lo, joinedSeq: me.joinedSeq, joinedRev: me.joinedRev }
  }
  *join(n, k) {
    yield
    const cs = [...this.S.convs.keys()].filter((c) => this.S.conv(c).header.members[k.user]) // the index on members, then each conversation
    k.ready = true
    for (const c of cs) {
      const h = yield* this.tx(this.membersOf(c))
      if (this.R.emitCheck && this.R.viewJoin) {
        this.setView(n, c, h)
        if (n.views[c].members[k.user]) k.rooms.add(c)
      } else if (h.members[k.user]) k.rooms.add(c)
    }
  }
  *sync(n, k, req) {
    const S = this.S,
      same = req.epoch === S.epoch || !this.R.epoch,
      ans = { t: 'sync', only: req.only, epoch: S.epoch, deltas: [], removed: [], marks: {} }
    if (this.R.joinFirst && !k.joined) {
      k.joined = true
      yield* this.join(n, k)
    }
    yield
    const list = new Set(
      req.only ? [req.only] : [...S.convs.keys()].filter((c) => S.conv(c).header.members[k.user]),
    )
    for (const c of Object.keys(req.revs)) if (!req.only || c === req.only) list.add(c)
    const self = this
    for (const c of list)
      yield* this.tx(
        (function* () {
          for (;;) {
            const h = yield* self.membersOf(c),
              me = h.members[k.user]
            if (!me) {
              ans.removed.push(c)
              return
            }
            const from = same ? (req.revs[c] ?? 0) : 0,
              d = yield* self.delta(c, from, me)
            if (self.R.syncRecheck) {
              const h2 = yield* self.membersOf(c),
                me2 = h2.members[k.user]
              if (!me2) {
                ans.removed.push(c)
                return
              }
              if (me2.joinedRev !== me.joinedRev) continue
              if (self.R.emitCheck && self.R.viewJoin && k.up) {
                self.setView(n, c, h2)
                if (n.views[c].members[k.user] && k.ready) k.rooms.add(c)
              }
            }
            if (self.R.marksInSync || d.rev > from || d.reset) {
              yield
              ans.marks[c] = { ...S.conv(c).marks }
            }
            if (d.rev > from || d.reset || !(c in req.revs)) ans.deltas.push(d)
            return
          }
        })(),
      )
    if (!this.R.joinFirst && !k.joined) {
      k.joined = true
      yield* this.join(n, k)
    }
    return ans
  }
  *page(k, c, before) {
    const h = yield* this.membersOf(c),
      me = h.members[k.user]
    if (!me) return null
    const out = []
    for (let pos = before; out.length < 3;) {
      yield
      const b = this.S.before(c, pos, me.joinedSeq, 1)
      if (!b.length) break
      out.push(b[0])
      pos = b[0].seq
    }
    const h2 = yield* this.membersOf(c)
    if (h2.members[k.user]?.joinedRev !== me.joinedRev) return null
    return { messages: out, lo: out.length < 3 ? me.joinedSeq : out.at(-1).seq }
  }
  handle(n, k, m) {
    const reply = (r) => this.down(k, { t: 'ack', re: m.re, ...r })
    if (m.t === 'sync') this.spawn(n, this.sync(n, k, m), (a) => this.down(k, a))
    else if (m.t === 'write') {
      if (!this.R.commitFirst) reply({ ok: 1 })
      this.spawn(n, this.tx(this.write(n, m.c, k.user, m.op)), (r) => {
        if (!this.R.commitFirst) return
        this.ghostAck(k.user, m, r)
        reply(r)
      })
    } else if (m.t === 'mark') this.spawn(n, this.tx(this.markGen(n, k, m)), () => {})
    else if (m.t === 'page')
      this.spawn(n, this.tx(this.page(k, m.c, m.before)), (r) => {
        if (r) for (const d of r.messages) this.ghostSeen(k.user, m.c, d)
        this.at(this.rnd() * 250, () => {
          if (k.dev.gen === m.gen) this.onPage(k.dev, m.c, m.token, r)
        })
      })
  }
  *markGen(n, k, m) {
    const h = yield* this.membersOf(m.c)
    if (!h.members[k.user]) return
    yield
    const before = this.S.conv(m.c).marks[k.user]?.[m.k] ?? 0,
      marks = this.S.mark(m.c, k.user, m.k, m.seq, this.R.clampMarks)
    if (marks[m.k] < before) this.fail('receipt-back', 'in the store')
    if (marks[m.k] > this.S.highSeq(m.c))
      this.fail('mark-above-last', `${m.c} ${k.user} ${m.k}=${marks[m.k]}`)
    const f = this.S.fold(m.c),
      out = new Map(Object.entries(this.g.removed.get(m.c) ?? {}).filter(([u]) => !f.members[u]))
    yield
    this.bus(n, { c: m.c, u: k.user, marks, out, mrev: this.S.topMrev(m.c) })
  }
  ghostAck(u, m, r) {
    if (r.message && m.op.sys) {
      const f = this.S.fold(m.c)
      if (m.op.sys.op === 'remove' && !f.members[m.op.sys.user]) {
        const g = this.g.removed.get(m.c) ?? {}
        g[m.op.sys.user] = ++this.ids
        this.g.removed.set(m.c, g)
        this.say('removal acked', m.c, m.op.sys.user)
      }
    }
  }

  // ---------- the wire: one ordered channel per socket; a cut loses what is under way, both ways ----------
  down(k, m) {
    if (!k.up) return
    if (m.t === 'sync') for (const d of m.deltas) for (const x of d.messages) this.ghostSeen(k.user, d.c, x)
    else if (m.message && m.t === 'ev') this.ghostSeen(k.user, m.c, m.message)
    else if (m.t === 'ack' && m.message) this.ghostSeen(k.user, m.c ?? k.dev.reqs.get(m.re)?.c, m.message)
    k.dn = Math.max(k.dn, this.t + this.lat()) + 1e-6
    this.at(k.dn - this.t, () => {
      if (k.up && k.dev.conn === k) this.onMsg(k.dev, m)
    })
  }
  send(dev, m) {
    const k = dev.conn
    k.upq = Math.max(k.upq, this.t + this.lat()) + 1e-6
    this.at(k.upq - this.t, () => {
      if (k.up && k.node.up) this.handle(k.node, k, m)
    })
  }
  connect(dev) {
    if (dev.conn || dev.dead) return
    const up = this.nodes.filter((n) => n.up)
    if (!up.length) return this.at(100, () => this.connect(dev))
    const n = this.pick(up)
    const k = (dev.conn = {
      dev,
      user: dev.user,
      node: n,
      up: true,
      rooms: new Set(),
      dn: 0,
      upq: 0,
      ready: false,
      joined: false,
    })
    n.socks.add(k)
    dev.synced = false
    dev.syncing = false
    dev.held = []
    dev.want = new Set()
    dev.flight = {}
    dev.reqs = new Map()
    this.say(dev.id, 'connects to node', n.id)
    this.askSync(dev, null)
  }
  cut(dev) {
    const k = dev.conn
    if (!k) return
    this.say(dev.id, 'disconnected')
    k.up = false
    k.node.socks.delete(k)
    dev.conn = null
    const g = dev.gen
    this.at(20 + this.rnd() * 400, () => {
      if (dev.gen === g) this.connect(dev)
    })
  }
  crashNode(n, downFor) {
    if (!n.up) return
    this.say('node', n.id, 'crashes')
    n.up = false
    n.gen++
    n.pub = []
    n.pumping = false
    n.views = {}
    for (const k of [...n.socks]) this.cut(k.dev)
    this.at(downFor, () => {
      n.up = true
      this.say('node', n.id, 'up')
    })
  }

  // ---------- client ----------
  newDev(id, user) {
    return {
      id,
      user,
      gen: 0,
      conn: null,
      epoch: 1,
      convs: new Map(),
      outbox: [],
      disk: { epoch: 1, convs: new Map(), outbox: [] },
      held: [],
      want: new Set(),
      flight: {},
      reqs: new Map(),
      pages: new Map(),
      n: 0,
    }
  }
  copy(cv) {
    return { ...cv, msgs: new Map(cv.msgs), marks: { ...cv.marks }, ahead: new Map() }
  }
  save(dev, c) {
    const cv = dev.convs.get(c),
      g = dev.gen
    if (!this.R.atomicCache && cv && dev.disk.convs.has(c)) dev.disk.convs.get(c).cursor = cv.cursor // mutant: the cursor first, the data later
    if (dev.dirty?.has(c)) return
    ;(dev.dirty ??= new Set()).add(c)
    this.at(this.lat() * 2, () => {
      if (dev.gen !== g) return
      dev.dirty.delete(c)
      if (dev.disk.epoch !== dev.epoch) {
        dev.disk.epoch = dev.epoch
        dev.disk.convs = new Map([...dev.convs].map(([a, b]) => [a, this.copy(b)]))
      }
      const now = dev.convs.get(c)
      if (now) dev.disk.convs.set(c, this.copy(now))
      else dev.disk.convs.delete(c)
    })
  }
  saveOutbox(dev) {
    dev.disk.outbox = dev.outbox.map((e) => ({ ...e }))
  }
  reload(dev) {
    this.say(dev.id, 'reloads')
    this.cut(dev)
    dev.gen++
    dev.dirty = new Set()
    dev.pages = new Map()
    dev.epoch = dev.disk.epoch
    dev.convs = new Map([...dev.disk.convs].map(([c, v]) => [c, this.copy(v)]))
    dev.outbox = dev.disk.outbox.map((e) => ({ ...e }))
    for (const c of dev.convs.keys()) this.devCheck(dev, c)
    const g = dev.gen
    this.at(50, () => {
      if (dev.gen === g) this.connect(dev)
    })
  }
  askSync(dev, only) {
    if (!dev.conn) return
    if (dev.syncing) {
      dev.want.add(only ?? '*')
      return
    }
    dev.syncing = true
    const revs = {}
    for (const [c, v] of dev.convs) revs[c] = v.cursor
    this.send(dev, { t: 'sync', only, epoch: dev.epoch, revs })
  }
  onMsg(dev, m) {
    this.stat.events++
    if (m.t === 'sync') return this.onSync(dev, m)
    if (m.t === 'ack') return this.onAck(dev, m)
    if (dev.syncing && this.R.holdBack && (m.t !== 'removed' || this.R.heldRemove))
      return void dev.held.push(m)
    this.onLive(dev, m)
  }
  onLive(dev, m) {
    const cv = dev.convs.get(m.c)
    if (m.t === 'removed') {
      if (cv && cv.joinedRev < m.mrev) this.dropConv(dev, m.c)
      return
    }
    if (m.t === 'added') return this.askSync(dev, m.c)
    if (m.t === 'marks') {
      if (cv) {
        this.mergeMarks(dev, cv, { [m.u]: m.marks })
        this.save(dev, m.c)
      }
      return
    }
    if (!cv) return this.askSync(dev, m.c)
    if (m.rev <= cv.cursor) return
    const sys = m.message?.sys
    if (this.R.selfChange && sys?.user === dev.user) {
      if (sys.op === 'remove' || cv.joinedRev < m.rev) this.dropConv(dev, m.c)
      if (sys.op === 'add') this.askSync(dev, m.c)
      return
    }
    if (m.rev === cv.cursor + 1 || !this.R.gapCheck) {
      this.put(cv, m, dev)
      cv.cursor = m.rev
      for (let x; (x = cv.ahead.get(cv.cursor + 1));) {
        cv.ahead.delete(cv.cursor + 1)
        this.put(cv, x, dev)
        cv.cursor++
      }
      this.save(dev, m.c)
      this.devCheck(dev, m.c)
    } else {
      cv.ahead.set(m.rev, m)
      this.stat.gaps++
      const g = dev.gen,
        k = dev.conn
      this.at(GAP, () => {
        if (dev.gen === g && dev.conn === k && k && dev.convs.get(m.c) === cv && cv.cursor < m.rev)
          this.askSync(dev, m.c)
      })
    }
  }
  put(cv, e, dev) {
    const m = e.message
    if (!m) return
    if (this.R.failedHeals) {
      const n = dev.outbox.length
      dev.outbox = dev.outbox.filter(
        (x) => !(x.failed && (x.op.id === m.id || (x.op.op && m.ops.includes(x.op.op)))),
      )
      if (dev.outbox.length !== n) this.saveOutbox(dev)
    }
    if (m.seq < cv.lo) {
      const p = dev.pages.get(m.conv ?? e.c)
      if (p && this.R.pageHold) p.side.push(m)
      return
    }
    const old = cv.msgs.get(m.seq)
    if (!old && !this.R.upsert && e.t === 'ev' && m.ops.length) return
    if (old && old.seq === m.seq && old.id !== m.id)
      this.fail('seq-changed', `${m.id} and ${old.id} at seq ${m.seq}`)
    if (old && this.R.mergeMax && old.rev >= m.rev) return
    if (old && old.rev > m.rev) this.fail('message-back', `${dev.id} ${m.id} from rev ${old.rev} to ${m.rev}`)
    cv.msgs.set(m.seq, m)
  }
  mergeMarks(dev, cv, marks) {
    for (const [u, m] of Object.entries(marks)) {
      const o = cv.marks[u] ?? { d: 0, r: 0 }
      cv.marks[u] = { d: Math.max(o.d, m.d), r: Math.max(o.r, m.r) }
    }
  }
  dropConv(dev, c) {
    dev.convs.delete(c)
    dev.pages.delete(c)
    this.save(dev, c)
  }
  onSync(dev, a) {
    dev.syncing = false
    const first = !dev.synced
    if (!a.only) dev.synced = true
    if (this.R.epoch && a.epoch !== dev.epoch) {
      this.say(dev.id, 'drops its cache, epoch', a.epoch)
      dev.epoch = a.epoch
      dev.convs = new Map()
      dev.pages = new Map()
      dev.outbox = dev.outbox.filter((e) => e.t !== 'mark')
    }
    for (const c of a.removed) this.dropConv(dev, c)
    for (const d of a.deltas) {
      let cv = dev.convs.get(d.c)
      if (!cv || d.reset) {
        const old = cv
        cv = {
          cursor: d.rev,
          lo: d.lo ?? d.joinedSeq,
          joinedSeq: d.joinedSeq,
          joinedRev: d.joinedRev,
          msgs: new Map(),
          marks: old && old.joinedRev === d.joinedRev ? old.marks : {},
          ahead: new Map(),
        }
        dev.convs.set(d.c, cv)
        dev.pages.delete(d.c)
        if (!this.R.holdBack && old) cv.cursor = Math.max(old.cursor, d.rev)
      }
      for (const m of d.messages) this.put(cv, { c: d.c, message: m }, dev)
      cv.cursor = Math.max(cv.cursor, d.rev)
      if (this.opt.cursorMax && (this.opt.cursorMax === 'all' || !d.reset))
        cv.cursor = Math.max(cv.cursor, ...d.messages.map((m) => m.rev))
      for (const r of [...cv.ahead.keys()]) if (r <= cv.cursor) cv.ahead.delete(r)
      for (let x; (x = cv.ahead.get(cv.cursor + 1));) {
        cv.ahead.delete(cv.cursor + 1)
        this.put(cv, x, dev)
        cv.cursor++
      }
      this.say(
        dev.id,
        'delta',
        d.c,
        'head',
        d.rev,
        d.reset ? 'reset' : '',
        'holds',
        [...cv.msgs.values()].map((m) => m.seq + '@' + m.rev).join(' '),
      )
      this.save(dev, d.c)
      this.devCheck(dev, d.c)
      const hi = Math.max(0, ...cv.msgs.keys())
      for (let s = cv.lo; s <= hi; s++)
        if (!cv.msgs.has(s)) {
          this.stat.holes++
          break
        }
    }
    for (const [c, ms] of Object.entries(a.marks)) {
      const cv = dev.convs.get(c)
      if (cv) {
        this.mergeMarks(dev, cv, ms)
        this.save(dev, c)
      }
    }
    const held = dev.held
    dev.held = []
    for (const m of held) {
      if (dev.syncing) dev.held.push(m)
      else this.onLive(dev, m)
    }
    if (!dev.syncing && dev.want.size) {
      const w = [...dev.want]
      dev.want = new Set()
      for (const c of w) this.askSync(dev, c === '*' ? null : c)
    }
    if (first && dev.synced) for (const c of new Set(dev.outbox.map((e) => e.c))) this.drain(dev, c)
    if (first && dev.synced && this.R.probe && this.opt.mode !== 'L') {
      const k = dev.conn,
        tick = () => {
          if (dev.conn === k) {
            this.askSync(dev, null)
            this.at(PROBE, tick)
          }
        }
      this.at(PROBE, tick)
    }
  }
  enqueue(dev, c, op) {
    const e = { c, op, tries: 0, failed: null, k: dev.n++ }
    dev.outbox.push(e)
    this.saveOutbox(dev)
    if (!op.target && !op.sys) {
      const l = this.g.sent.get(dev.id + c) ?? []
      l.push(op.id)
      this.g.sent.set(dev.id + c, l)
    }
    this.drain(dev, c)
  }
  drain(dev, c) {
    if (!dev.conn || !dev.synced || dev.flight[c]) return
    const e = dev.outbox.find((x) => x.c === c && !x.failed)
    if (!e) return
    if (e.op.target && e.op.base === undefined && this.R.parentBase) {
      const p = dev.outbox.find((x) => x.op.id === e.op.target)
      if (p) {
        e.failed = 'PARENT_FAILED'
        this.saveOutbox(dev)
        return this.drain(dev, c)
      }
    }
    if (e.tries++ && !this.R.sameId && e.op.id) e.op = { ...e.op, id: 'm' + ++this.ids }
    const re = ++this.ids
    dev.flight[c] = e
    dev.reqs.set(re, e)
    if (!this.R.outboxKeep) dev.outbox = dev.outbox.filter((x) => x !== e)
    this.saveOutbox(dev)
    this.send(dev, { t: 'write', c, op: e.op, re })
  }
  onAck(dev, m) {
    const e = dev.reqs.get(m.re)
    if (!e) return
    dev.reqs.delete(m.re)
    dev.flight[e.c] = null
    if (m.err) {
      e.failed = m.err
      this.say(dev.id, 'fails', e.op.id ?? e.op.op, m.err)
      if (m.err === 'CHANGED' && m.message.ops.includes(e.op.op))
        this.fail('false-changed', `${e.op.op} was applied, yet its repeat says MESSAGE_CHANGED`)
      if (m.err === 'NOOP') dev.outbox = dev.outbox.filter((x) => x !== e)
    } else {
      dev.outbox = dev.outbox.filter((x) => x !== e)
      const s = m.message?.seq ?? m.receipt?.seq
      if (e.op.id) {
        const o = this.g.seqOf.get(e.c + e.op.id)
        if (o && s && o !== s) this.fail('seq-changed', `${e.op.id} ${o} then ${s}`)
        if (s) this.g.seqOf.set(e.c + e.op.id, s)
        this.g.acked.push({ c: e.c, id: e.op.id })
      } else this.g.acked.push({ c: e.c, target: e.op.target, op: e.op.op })
      if (m.message && e.op.id)
        for (const x of dev.outbox)
          if (x.op.target === e.op.id && x.op.base === undefined) x.op = { ...x.op, base: m.message.rev }
    }
    this.saveOutbox(dev)
    if (m.message) {
      const ev = { t: 'ev', c: e.c, rev: m.message.rev, message: m.message }
      if (dev.syncing && this.R.holdBack) dev.held.push(ev)
      else this.onLive(dev, ev)
    }
    this.drain(dev, e.c)
  }
  onPage(dev, c, token, r) {
    const p = dev.pages.get(c),
      cv = dev.convs.get(c)
    if (!p || p.token !== token || !cv) return
    dev.pages.delete(c)
    if (!r || cv.lo !== p.before) return
    cv.lo = r.lo
    for (const m of [...r.messages, ...p.side]) this.put(cv, { c, message: m }, dev)
    this.save(dev, c)
    this.devCheck(dev, c)
  }
  unread(msgs, marks, u, joinedSeq) {
    const r = Math.max(marks[u]?.r ?? 0, joinedSeq)
    let n = 0
    for (const m of msgs) if (m.seq > r && m.sender !== u && !m.sys && !m.deleted) n++
    return n
  }
  devCheck(dev, c) {
    const cv = dev.convs.get(c)
    if (!cv || dev.epoch !== this.S.epoch) return
    for (const d of this.S.conv(c).docs)
      if (d.rev <= cv.cursor && d.seq >= cv.lo) {
        const h = cv.msgs.get(d.seq)
        if (!h || h.rev !== d.rev)
          this.fail(
            'cursor-past-data',
            `${dev.id} cursor ${cv.cursor} of ${c} but ${d.id} (seq ${d.seq}) rev ${d.rev} is ${h ? 'held at ' + h.rev : 'not held'}`,
          )
      }
  }

  // ---------- a history ----------
  act(a) {
    const S = this.S,
      dev = this.devs[a.x % this.devs.length],
      cs = [...dev.convs.keys()].filter((c) => c[0] !== '@'),
      c = cs.length ? cs[a.y % cs.length] : null,
      cv = c && dev.convs.get(c),
      held = cv ? [...cv.msgs.values()].filter((m) => !m.sys && !m.deleted) : [],
      any =
        c && S.conv(c).header.members[dev.user] && a.z % 3 === 0 && a.k === 'react'
          ? S.conv(c).docs.filter(
              (d) => !d.sys && !d.deleted && d.seq >= S.conv(c).header.members[dev.user].joinedSeq,
            )
          : held,
      m = any.length ? any[a.z % any.length] : null
    const id = () => 'm' + ++this.ids
    switch (a.k) {
      case 'send':
        if (c) {
          const i = id()
          this.say(dev.id, 'sends', c, i)
          this.enqueue(dev, c, { id: i, body: 'b' + i, poison: a.z % 12 === 0 })
          if (a.z % 5 === 0 && !this.R.parentBase)
            this.at(this.rnd() * 300, () => {
              const e = dev.outbox.find((x) => x.op.id === i && !x.failed)
              if (e) {
                e.op = { ...e.op, body: 'q' + i }
                this.saveOutbox(dev)
              }
            })
          else if (a.z % 5 === 0)
            this.enqueue(dev, c, {
              op: 'o' + ++this.ids,
              target: i,
              kind: a.z % 2 ? 'edit' : 'delete',
              body: 'q' + i,
            })
        }
        break
      case 'edit':
      case 'delete':
      case 'react':
        if (m && (a.k === 'react' || m.sender === dev.user)) {
          const o = 'o' + ++this.ids
          this.say(dev.id, a.k, c, m.id, o)
          this.enqueue(dev, c, { op: o, target: m.id, kind: a.k, base: m.rev, body: 'e' + o })
        }
        break
      case 'member':
        if (c) {
          const u = this.users[a.z % 3],
            h = S.conv(c).header
          this.say(dev.id, 'add/remove', c, u)
          this.enqueue(dev, c, { id: id(), sys: { op: h.members[u] ? 'remove' : 'add', user: u } })
        }
        break
      case 'mute':
        if (dev.convs.has('@' + dev.user)) this.enqueue(dev, '@' + dev.user, { id: id(), body: 'mute' + a.z })
        break
      case 'read':
        if (cv && dev.conn) {
          const top = Math.max(0, ...cv.msgs.keys())
          if (top) this.send(dev, { t: 'mark', c, k: a.z % 2 ? 'd' : 'r', seq: top })
        }
        break
      case 'late-read':
        if (cv) {
          const top = Math.max(0, ...cv.msgs.keys())
          const g = dev.gen
          this.at(300, () => {
            if (dev.gen === g && dev.conn) this.send(dev, { t: 'mark', c, k: 'r', seq: top })
          })
        }
        break
      case 'page':
        if (cv && dev.conn && cv.lo > cv.joinedSeq && !dev.pages.has(c)) {
          const token = ++this.ids
          dev.pages.set(c, { token, before: cv.lo, side: [] })
          this.send(dev, { t: 'page', c, before: cv.lo, token, gen: dev.gen })
        }
        break
      case 'cut':
        this.cut(dev)
        break
      case 'reload':
        this.reload(dev)
        break
      case 'crash':
        if (this.opt.mode !== 'L') this.crashNode(this.nodes[a.x % this.nodes.length], 100 + (a.z % 400))
        break
      case 'slow':
        this.nodes[a.x % this.nodes.length].slow = this.t + 100 + (a.z % 900)
        this.say('node', a.x % this.nodes.length, 'is slow')
        break
      case 'snap':
        this.snap = S.snapshot()
        this.say('snapshot')
        break
      case 'restore':
        if (this.snap && this.opt.epoch) this.restore()
        break
    }
  }
  restore() {
    this.say('RESTORE, epoch', this.S.epoch + 1)
    for (const n of this.nodes) {
      n.up = true
      this.crashNode(n, 200)
    }
    const ep = this.S.epoch
    this.S = this.snap
    this.S.epoch = ep + 1
    this.snap = null
    const has = (a) => {
      const d = this.S.find(a.c, a.id ?? a.target)
      return d && (!a.op || d.ops.includes(a.op))
    }
    this.g.acked = this.g.acked.filter(has)
    this.g.seqOf = new Map(
      [...this.g.seqOf].filter(([k]) =>
        [...this.S.convs].some(([c, v]) => v.docs.some((d) => c + d.id === k)),
      ),
    )
    this.g.commits = new Map()
    for (const [c, v] of this.S.convs) {
      for (const d of v.docs) {
        const f = this.S.fold(c, d.rev)
        let g = this.g.commits.get(c)
        if (!g) this.g.commits.set(c, (g = new Map()))
        g.set(d.rev, { out: new Set(), members: f.members })
      }
      const rem = {}
      this.g.removed.set(c, rem)
    }
    this.restored = true
  }
  static plan(seed, steps, opt) {
    const r = prng(seed * 40503 + 7),
      kinds = [
        'send',
        'send',
        'send',
        'send',
        'send',
        'edit',
        'edit',
        'react',
        'react',
        'delete',
        'member',
        'member',
        'mute',
        'read',
        'page',
        'cut',
        'cut',
        'reload',
        'crash',
        'slow',
        ...(opt.epoch ? ['snap', 'restore', 'late-read'] : []),
      ]
    const more = {
      members: ['member', 'member', 'member', 'member', 'member', 'read'],
      edits: ['edit', 'react', 'react', 'react', 'react', 'edit'],
      pages: ['page', 'page', 'page', 'react', 'react'],
      net: ['cut', 'reload', 'crash', 'cut', 'send', 'slow', 'slow', 'send'],
    }[opt.profile]
    if (more) kinds.push(...more, ...more)
    const out = []
    let t = 300
    for (let i = 0; i < steps; i++) {
      t += r() < 0.6 ? r() * 10 : r() * 300
      out.push({
        t,
        k: kinds[Math.floor(r() * kinds.length)],
        x: Math.floor(r() * 1e6),
        y: Math.floor(r() * 1e6),
        z: Math.floor(r() * 1e6),
      })
    }
    return out
  }
  run(plan) {
    for (const d of this.devs) this.connect(d)
    for (const a of plan) this.at(a.t, () => this.act(a))
    const end = (plan.at(-1)?.t ?? 0) + 100
    this.runUntil(end)
    this.faults = false
    this.runUntil(end + 1200)
    if (this.opt.mode === 'R') {
      for (const d of this.devs) this.cut(d)
      this.runUntil(this.t + 3000)
      for (const d of this.devs) this.cut(d)
      this.runUntil(this.t + 2500)
    } else if (this.opt.mode === 'P') this.runUntil(this.t + 3 * PROBE + 2000)
    else this.runUntil(this.t + 4000)
    this.final()
  }
  final() {
    const S = this.S,
      F = (k, m) => this.fail(k, m)
    for (const [c, v] of S.convs) {
      const seqs = v.docs.map((d) => d.seq).sort((a, b) => a - b)
      seqs.forEach((s, i) => {
        if (s !== i + 1) F('seq-hole', `${c}: ${seqs}`)
      })
      const ids = new Set(v.docs.map((d) => d.id))
      if (ids.size !== v.docs.length) F('duplicate', c)
      const bodies = v.docs.filter((d) => !d.sys && c[0] !== '@').map((d) => d.body0)
      if (new Set(bodies).size !== bodies.length) F('duplicate', `${c}: one message stored twice`)
      if (!this.restored) {
        const g = this.g.commits.get(c)
        for (let r = 1; r <= S.highRev(c); r++) if (!g.has(r)) F('rev-hole', `${c} rev ${r}`)
      }
      const f = S.fold(c)
      if (
        JSON.stringify(Object.keys(f.members).sort()) !== JSON.stringify(Object.keys(v.header.members).sort())
      )
        F(
          'header-differs',
          `${c}: log says ${Object.keys(f.members)}, header ${Object.keys(v.header.members)}`,
        )
    }
    for (const a of this.g.acked) {
      const d = S.find(a.c, a.id ?? a.target)
      if (!d) F('acked-lost', a.id ?? a.op)
      if (a.op && !d.ops.includes(a.op)) F('acked-lost', `${a.op} on ${a.target}`)
      if (a.op && d.ops.filter((o) => o === a.op).length > 1) F('op-twice', a.op)
      if (a.id && this.g.seqOf.get(a.c + a.id) && this.g.seqOf.get(a.c + a.id) !== d.seq)
        F('seq-changed', a.id)
    }
    if (!this.restored)
      for (const [k, l] of this.g.sent) {
        const c = k.slice(4)
        let p = 0
        for (const i of l) {
          const d = S.find(c, i)
          if (d) {
            if (d.seq < p) F('fifo', `${k} ${i}`)
            p = d.seq
          }
        }
      }
    if (!this.restored)
      for (const [k, l] of this.g.sent) {
        const dev = this.devs.find((d) => d.id === k.slice(0, 4))
        for (const i of l)
          if (!S.find(k.slice(4), i) && !dev.outbox.some((e) => e.op.id === i)) F('outbox-lost', `${k} ${i}`)
      }
    for (const dev of this.devs) {
      for (const e of dev.outbox) {
        if (!e.failed) F('outbox-stuck', `${dev.id} ${e.op.id ?? e.op.op}`)
        const d = S.find(e.c, e.op.id ?? e.op.target)
        if (e.op.id && d) F('failed-but-stored', `${dev.id} ${e.op.id} ${e.failed}`)
        if (e.op.op && d?.ops.includes(e.op.op)) F('failed-but-stored', `${dev.id} ${e.op.op} ${e.failed}`)
      }
      for (const [c, v] of S.convs) {
        const me = S.fold(c).members[dev.user],
          cv = dev.convs.get(c)
        if (!me) {
          if (cv) F('keeps-removed', `${dev.id} still holds ${c}`)
          continue
        }
        if (!cv) F('device-misses-conversation', `${dev.id} ${c}`)
        if (cv.cursor !== S.highRev(c))
          F('device-behind', `${dev.id} ${c} cursor ${cv.cursor} head ${S.highRev(c)}`)
        for (const d of v.docs)
          if (d.seq >= cv.lo) {
            const h = cv.msgs.get(d.seq)
            if (h !== d)
              F(
                'device-differs',
                `${dev.id} ${c} seq ${d.seq} rev ${d.rev}: ${h ? 'held at ' + h.rev : 'missing'}`,
              )
          }
        for (const s of cv.msgs.keys())
          if (s > S.highSeq(c) || s < cv.lo) F('device-differs', `${dev.id} ${c} holds seq ${s}`)
        for (const [u, m] of Object.entries(v.marks)) {
          const h = cv.marks[u] ?? { d: 0, r: 0 }
          if (h.d !== m.d || h.r !== m.r)
            F('marks-differ', `${dev.id} ${c} ${u}: has ${h.d}/${h.r}, store ${m.d}/${m.r}`)
        }
        const read = Math.max(v.marks[dev.user]?.r ?? 0, me.joinedSeq)
        if (cv.lo <= read + 1) {
          const a = this.unread(cv.msgs.values(), cv.marks, dev.user, me.joinedSeq),
            b = this.unread(v.docs, v.marks, dev.user, me.joinedSeq)
          if (a !== b) F('unread', `${dev.id} ${c} ${a} vs ${b}`)
        } else this.stat.uncovered++
      }
    }
  }
}
export function setup(seed, o = {}) {
  const r = prng(seed ^ 0x5bd1e995)
  const variant = r() < 0.7 ? 'B' : 'A',
    mode = ['R', 'P', 'L'][Math.floor(r() * 3)],
    nodes = 2 + Math.floor(r() * 2),
    epoch = r() < 0.15,
    bound = r() < 0.5,
    steps = 8 + Math.floor(r() * 22),
    old = r() < 0.4 ? 6 : 0,
    profile = ['all', 'all', 'members', 'edits', 'pages', 'net'][Math.floor(r() * 6)]
  return { variant, mode, nodes, epoch, bound, steps, old, profile, ...o }
}
export function history(seed, o = {}, plan) {
  const opt = setup(seed, o),
    w = new World(seed, opt)
  try {
    w.run(plan ?? World.plan(seed, opt.steps, opt))
    return { w, opt }
  } catch (e) {
    if (!(e instanceof Violation)) {
      e.message += ` (seed ${seed})`
      throw e
    }
    return { w, opt, v: e }
  }
}
export function shrink(seed, o, kind) {
  const opt = setup(seed, o)
  let plan = World.plan(seed, opt.steps, opt)
  for (let again = true; again;) {
    again = false
    for (let i = plan.length - 1; i >= 0; i--) {
      const p = plan.filter((_, j) => j !== i)
      if (history(seed, o, p).v?.kind === kind) {
        plan = p
        again = true
      }
    }
  }
  return plan
}

// ---------- command line: model.mjs run|mutants|seed ----------
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = Object.fromEntries(
    process.argv.slice(3).map((a) => {
      const [k, v] = a.split('=')
      return [k, v ?? true]
    }),
  )
  const o = {}
  if (args.off) o.off = args.off.split(',')
  for (const k of ['variant', 'mode', 'profile']) if (args[k]) o[k] = args[k]
  if (args.bound) o.bound = args.bound === '1'
  for (const k of ['cursorMax', 'old']) if (args[k]) o[k] = k === 'old' ? +args[k] : args[k]
  if (args.steps) o.steps = +args.steps
  if (args.nodes) o.nodes = +args.nodes
  if (args.epoch) o.epoch = args.epoch === '1'
  const show = (seed, kind) => {
    const plan = shrink(seed, o, kind),
      { w, v, opt } = history(seed, { ...o, trace: true }, plan)
    console.log(
      `seed ${seed} ${JSON.stringify(opt)} plan ${plan.length}: ${plan.map((p) => p.k).join(' ')}\n${v.message}\n` +
        w.log.join('\n'),
    )
  }
  const cmd = process.argv[2] ?? 'run',
    from = +(args.from ?? 1),
    n = +(args.n ?? 2000)
  if (cmd === 'seed') {
    const r = history(+args.seed, o)
    if (r.v) show(+args.seed, r.v.kind)
    else console.log('no violation')
  } else if (cmd === 'run') {
    const kinds = new Map(),
      st = {}
    const t0 = Date.now()
    for (let s = from; s < from + n; s++) {
      const { v, w } = history(s, o)
      for (const k in w.stat) st[k] = (st[k] ?? 0) + w.stat[k]
      if (v) {
        const k = kinds.get(v.kind) ?? { n: 0, seed: s, msg: v.message }
        k.n++
        kinds.set(v.kind, k)
      }
    }
    console.log(`${n} histories, ${Date.now() - t0} ms`, st)
    for (const [k, x] of kinds) console.log(`  ${k}: ${x.n}, first seed ${x.seed}: ${x.msg}`)
    if (args.show) for (const [k, x] of kinds) show(x.seed, k)
    process.exitCode = kinds.size ? 1 : 0
  } else if (cmd === 'mutants') {
    for (const r of args.rules ? args.rules.split(',') : Object.keys(RULES)) {
      const kinds = new Map()
      let first = 0
      for (let s = from; s < from + n; s++) {
        const { v } = history(s, { ...o, off: [r] })
        if (v) {
          first ||= s
          kinds.set(v.kind, (kinds.get(v.kind) ?? 0) + 1)
        }
      }
      console.log(
        `${first ? 'caught' : 'MISSED'}  ${r.padEnd(16)} first seed ${String(first).padStart(5)}  ${[...kinds]
          .sort((a, b) => b[1] - a[1])
          .map(([k, c]) => k + ' ' + c)
          .join(', ')}`,
      )
    }
  }
}

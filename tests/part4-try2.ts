import { createApp, loadConfig } from '@palabre/server'
import { createClient, memoryCache } from '@palabre/client'
import { mkdtemp } from 'node:fs/promises'
const dataDir = await mkdtemp('/tmp/part4/data-')
let port = 0
const open = async (dir = dataDir) => { const app = await createApp(loadConfig({ HOST: '127.0.0.1', PORT: String(port), DATA_DIR: dir, LOG_LEVEL: 'warn', REGISTRATION: 'open' })); port = (await app.listen()).port; return app }
let app = await open()
const url = `http://127.0.0.1:${port}`
const until = async (what: string, check: () => boolean, ms = 60000) => {
  const end = Date.now() + ms
  while (!check()) { if (Date.now() > end) throw new Error('never: ' + what); await new Promise((r) => setTimeout(r, 5)) }
  console.log('ok', what, Math.round(performance.now()))
}
const caches = { a: memoryCache(), b: memoryCache() }
let online = true
const listeners = new Set<() => void>()
const mk = (n: 'a' | 'b') => createClient({ url, tokens: 'body', openCache: async () => caches[n], ...(n === 'a' ? { signals: { isOnline: () => online, isVisible: () => true, subscribe: (l) => { listeners.add(l); return () => listeners.delete(l) } } } : {}) })
const a = mk('a'), b = mk('b')
a.connection.subscribe((s) => console.log('a', Math.round(performance.now()), JSON.stringify(s)))
const ua = await a.auth.register({ username: 'alice', password: 'a very long phrase indeed', displayName: 'Alice' })
const ub = await b.auth.register({ username: 'bob', password: 'another long phrase here ok', displayName: 'Bob' })
for (const c of [a, b]) await until('online', () => c.connection.get().name === 'online')
const id = await a.conversations.openDirect(ub.id)
await until('b has it', () => b.conversations.one(id).get() !== null)
const texts = (c: typeof a) => c.messages.timeline(id).get().messages.flatMap(({ message, isPending }) => message.kind === 'text' && !isPending ? [message.body.text] : [])
const wanted: string[] = []
for (let i = 0; i < 60; i++) { wanted.push(`m${i}`); await a.messages.send(id, { text: `m${i}` }) }
await until('some', () => texts(b).length > 10)
await app.close()
console.log('closed with', a.waiting.get(), 'waiting', a.connection.get())
for (let i = 60; i < 70; i++) { wanted.push(`m${i}`); await a.messages.send(id, { text: `m${i}` }) }
console.log(a.messages.timeline(id).get().messages.at(-1)?.state)
app = await open()
await until('all sent', () => a.waiting.get() === 0)
await until('b has all', () => texts(b).length === wanted.length)
console.log('in order', JSON.stringify(texts(b)) === JSON.stringify(wanted), JSON.stringify(texts(a)) === JSON.stringify(wanted))
// offline by signal
online = false; for (const l of listeners) l()
await a.messages.send(id, { text: 'offline' }); wanted.push('offline')
console.log(a.connection.get(), a.messages.timeline(id).get().messages.at(-1)?.state, a.waiting.get())
await b.messages.send(id, { text: 'from bob' })
online = true; for (const l of listeners) l()
await until('back', () => a.waiting.get() === 0 && texts(a).includes('from bob'))
// a refusal for good
const g = await a.conversations.createGroup({ title: 'g', memberIds: [ub.id] })
await until('b in g', () => b.conversations.one(g).get() !== null)
await app.close()
const m = await b.messages.send(g, { text: 'too late' })
app = await open()
// restored: another store altogether
await app.close()
const other = await mkdtemp('/tmp/part4/data-')
app = await open(other)
await until('signed out', () => a.connection.get().name === 'signedOut' && b.connection.get().name === 'signedOut')
console.log(a.connection.get(), b.connection.get(), (await caches.b.read()).outbox.length, (await caches.a.read()).conversations.length)
for (const c of [a, b]) await c.stop()
await app.close()
process.exit(0)

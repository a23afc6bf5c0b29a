// Scrolling through a long conversation with pictures on a slow machine, and the first screen after a reload. In the
// built app, in Chromium, with its CPU slowed down as its own tools do it; long tasks are read from its trace, frames
// from the page. Targets: no task over 100 ms, and what was there before the reload within 300 ms.
import { execFileSync } from 'node:child_process'
import { chromium, type CDPSession, type Page } from '@playwright/test'
import sharp from 'sharp'
import { v7 } from 'uuid'
import config from '../playwright.config.ts'
import { percentile, type Row } from './figures.ts'
import { connect } from './load.ts'
import { start } from './process.ts'
import { api, openGroup, registerPeople } from './world.ts'

const port = 4_806
const slowdown = 4
const longTaskMs = 100
const firstScreenMs = 300
const frameMs = 1_000 / 60
/** Every so many messages is a picture, and there are so many different ones. */
const pictureEach = 12
const pictures = 40
/** A hand that turns the wheel without pause: pixels a second, and how far. */
const pace = 2_400
const distance = 36_000
const reloads = 5

interface Scrolled {
  /** Lengths of the main thread's tasks. */
  tasks: number[]
  /** Times between two frames. */
  frames: number[]
}

/** `server`: the arguments that start it. */
export async function benchScrolling(options: {
  server: string[]
  env: Record<string, string>
  messages: number
}): Promise<Row[]> {
  console.log(`scrolling in ${options.messages} messages with pictures, CPU slowed ${slowdown} times`)
  // The browser needs more than the generator's core: what is measured is the page, not the queue for one core.
  execFileSync('taskset', ['-p', '-c', '0,1', String(process.pid)], { stdio: 'ignore' })
  const server = await start(options.server, port, options.env)
  const browser = await chromium.launch(config.use?.launchOptions)
  try {
    const conversationId = await fill(server.url, options.messages)
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    await page.addInitScript(watchFirstScreen)
    await page.goto(`${server.url}/c/${conversationId}`)
    await page.getByLabel('Username').fill('person0')
    await page.getByLabel('Password', { exact: true }).fill('a long phrase for bench 0')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('[data-bubble]').last().waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    const cdp = await page.context().newCDPSession(page)

    const first = await firstScreens(page, cdp, 1)
    const firstSlow = await firstScreens(page, cdp, slowdown)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    // As far again as goes by at once is read from the server; on the way back all of it is here.
    const back = await scrolled(page, cdp, distance)
    const on = await scrolled(page, cdp, -distance)
    return [
      tell('first screen after a reload: median', percentile(first, 0.5), firstScreenMs),
      tell(`the same, CPU slowed ${slowdown} times`, percentile(firstSlow, 0.5), null),
      ...told('scrolling back', back),
      ...told('scrolling on', on),
    ]
  } finally {
    await browser.close()
    await server.stop()
    execFileSync('taskset', ['-p', '-c', '1', String(process.pid)], { stdio: 'ignore' })
  }
}

function tell(what: string, value: number, most: number | null): Row {
  const target = most === null ? '' : `≤ ${most} ms`
  return {
    what,
    relay: '',
    palabre: `${value.toFixed(0)} ms`,
    ratio: '',
    target,
    met: most === null ? null : value <= most,
  }
}

function told(what: string, { tasks, frames }: Scrolled): Row[] {
  const long = tasks.filter((ms) => ms > longTaskMs)
  const inTime = frames.filter((ms) => ms < 1.5 * frameMs).length / frames.length
  return [
    tell(`${what}: longest task (${long.length} over ${longTaskMs} ms)`, Math.max(0, ...tasks), longTaskMs),
    {
      ...tell(`${what}: frames p50`, percentile(frames, 0.5), null),
      palabre: `${percentile(frames, 0.5).toFixed(1)} / ${percentile(frames, 0.95).toFixed(1)} ms`,
      what: `${what}: frames p50 / p95, ${(100 * inTime).toFixed(0)} % in time`,
    },
  ]
}

/** Two people, their conversation, and its messages. */
async function fill(url: string, messages: number): Promise<string> {
  const people = await registerPeople(api(url), 2)
  const conversationId = await openGroup(api(url), people, 'A long talk')
  const [sender] = await connect(url, people.slice(1), true)
  if (sender === undefined) throw new Error('nobody is connected')
  const token = people[1]?.token ?? ''
  const mediaIds: string[] = []
  for (let index = 0; index < pictures; index += 1) mediaIds.push(await upload(url, token, index))
  for (let from = 0; from < messages; from += 500) {
    await Promise.all(
      Array.from({ length: Math.min(500, messages - from) }, async (_, offset) => {
        const number = from + offset
        const mediaId = mediaIds[Math.floor(number / pictureEach) % pictures]
        const isPicture = number % pictureEach === 0
        const answer = (await sender.emitWithAck('send_message', {
          conversationId,
          id: v7(),
          kind: isPicture ? 'image' : 'text',
          body: isPicture ? { mediaId, text: '' } : { text: textOf(number) },
          sentAt: Date.now(),
        })) as { ok: boolean }
        if (!answer.ok) throw new Error(JSON.stringify(answer))
      }),
    )
  }
  sender.disconnect()
  return conversationId
}

/** One line, or several; some with a link, some with marks: what people write. */
function textOf(number: number): string {
  const line = `Message ${number}, as long as most of the messages that people write.`
  if (number % 7 === 0) return `${line}\n${line}\n· and *something* more\n· and https://example.org/${number}`
  return number % 5 === 0 ? `Yes 👍 ${number}` : line
}

async function upload(url: string, token: string, index: number): Promise<string> {
  const id = v7()
  const color = { r: (index * 37) % 256, g: (index * 91) % 256, b: (index * 53) % 256 }
  const [width, height] = index % 3 === 0 ? [1_200, 1_600] : [1_600, 1_200]
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 }
  const grain = await sharp({ create: { width, height, channels: 3, background: color, noise } })
    .jpeg({ quality: 60 })
    .toBuffer()
  const b64 = (text: string) => Buffer.from(text).toString('base64')
  const headers = { 'Tus-Resumable': '1.0.0', Authorization: `Bearer ${token}` }
  const begun = await fetch(`${url}/api/v1/uploads`, {
    method: 'POST',
    headers: {
      ...headers,
      'Upload-Length': String(grain.length),
      'Upload-Metadata': `id ${b64(id)},purpose ${b64('image')}`,
    },
  })
  const sent = await fetch(`${url}/api/v1/uploads/${id}`, {
    method: 'PATCH',
    headers: { ...headers, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
    body: new Uint8Array(grain),
  })
  if (!begun.ok || !sent.ok) throw new Error(`upload: ${begun.status}, ${sent.status}`)
  return id
}

/** In the page: when the first message was there to be seen. */
function watchFirstScreen(): void {
  const look = new MutationObserver(() => {
    if (document.querySelector('[data-bubble]') === null) return
    look.disconnect()
    requestAnimationFrame(() => performance.mark('first-screen'))
  })
  look.observe(document, { childList: true, subtree: true })
}

async function firstScreens(page: Page, cdp: CDPSession, rate: number): Promise<number[]> {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate })
  const times: number[] = []
  for (let round = 0; round < reloads; round += 1) {
    await page.reload()
    await page.locator('[data-bubble]').last().waitFor()
    times.push(
      await page.evaluate(async () => {
        while (performance.getEntriesByName('first-screen').length === 0)
          await new Promise((done) => requestAnimationFrame(done))
        return performance.getEntriesByName('first-screen')[0]?.startTime ?? Number.NaN
      }),
    )
  }
  return times
}

interface TraceEvent {
  name: string
  ph: string
  tid: number
  pid: number
  dur?: number
  args?: { name?: string }
}

async function scrolled(page: Page, cdp: CDPSession, yDistance: number): Promise<Scrolled> {
  const events: TraceEvent[] = []
  const collect = (part: { value: object[] }) => events.push(...(part.value as TraceEvent[]))
  cdp.on('Tracing.dataCollected', collect)
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] },
  })
  await page.evaluate(() => {
    const frames: number[] = []
    let last = performance.now()
    const step = (now: number) => {
      frames.push(now - last)
      last = now
      if (!Reflect.has(globalThis, 'isScrolled')) requestAnimationFrame(step)
    }
    Reflect.deleteProperty(globalThis, 'isScrolled')
    Reflect.set(globalThis, 'framesSeen', frames)
    requestAnimationFrame(step)
  })
  await cdp.send('Input.synthesizeScrollGesture', { x: 800, y: 400, yDistance, speed: pace })
  const frames = await page.evaluate(() => {
    Reflect.set(globalThis, 'isScrolled', true)
    return (Reflect.get(globalThis, 'framesSeen') as number[]).slice(2)
  })
  const done = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve))
  await cdp.send('Tracing.end')
  await done
  cdp.off('Tracing.dataCollected', collect)
  const main = events.find((event) => event.name === 'thread_name' && event.args?.name === 'CrRendererMain')
  const tasks = events
    .filter((event) => event.ph === 'X' && event.tid === main?.tid && event.pid === main.pid)
    .filter((event) => event.name.endsWith('RunTask'))
    .map((event) => (event.dur ?? 0) / 1_000)
  if (tasks.length === 0) throw new Error('the trace holds no tasks')
  return { tasks, frames }
}

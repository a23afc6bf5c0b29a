// What comes by push: one notification for each conversation (PUSH-8), the number on the app's icon, and the end of what
// was read elsewhere (PUSH-6). Shows nothing while a window of the app is before somebody's eyes.
import type { PushLanguage, PushNote } from '@palabre/protocol'
import { changePushMemory, readPushMemory, unreadTotal, withUnread } from '../push-memory.ts'
import { worker, type Shdata, type ShownOptions } from './scope.ts'
import { workerWords } from './words.ts'

/** Lines of one notification; screens show no more. */
const linesMax = 4
const icon = '/brand/icon-192.png'
const badge = '/brand/badge-96.png'

/** @param note what the push held; null when it could not be read */
export async function receive(note: PushNote | null): Promise<void> {
  switch (note?.is) {
    case 'message':
      return showMessage(note)
    case 'read':
      return takeAway(note)
    case 'test':
      return showTest(note)
    default: {
      // Something has come, and a browser wants to see it shown.
      const { language } = await readPushMemory()
      await show('Palabre', { body: workerWords[language].newMessage, tag: 'unknown', data: { path: '/' } })
    }
  }
}

async function showMessage(note: PushNote & { is: 'message' }): Promise<void> {
  const { conversationId, seq, unread } = note
  const memory = await changePushMemory((before) => withUnread(before, conversationId, unread))
  await showBadge(unreadTotal(memory))
  if (await isLookedAt()) return
  const [shown] = await worker.registration.getNotifications({ tag: conversationId })
  const before = shown?.data as Partial<Shdata> | null | undefined
  // The page, which was told over its own connection, was faster.
  if ((before?.seq ?? 0) >= seq) return
  const words = workerWords[note.language]
  const line = lineOf(note)
  const lines = [...(unread > 1 ? (before?.lines ?? []) : []), line].slice(-linesMax)
  const title = note.title ?? note.sender ?? 'Palabre'
  const data: Shdata = { path: `/c/${conversationId}`, conversationId, userId: memory.userId, seq, lines }
  await show(unread > 1 ? `${title} (${unread})` : title, {
    body: lines.join('\n'),
    tag: conversationId,
    renotify: true,
    data,
    lang: note.language,
    actions: [
      { action: 'reply', type: 'text', title: words.reply, placeholder: words.replyHint },
      { action: 'read', title: words.markRead },
    ],
  })
}

/** One message in one line. */
function lineOf({ language, sender, title, text, kind }: PushNote & { is: 'message' }): string {
  const words = workerWords[language]
  const said = text ?? (kind === null ? words.newMessage : (words.sent[kind] ?? words.newMessage))
  // A direct conversation is called by who writes.
  return title !== null && sender !== null ? words.says(sender, said) : said
}

async function takeAway({ conversationId, seq, unread }: PushNote & { is: 'read' }): Promise<void> {
  const memory = await changePushMemory((before) => withUnread(before, conversationId, unread))
  await showBadge(unreadTotal(memory))
  for (const shown of await worker.registration.getNotifications({ tag: conversationId })) {
    if (((shown.data as Partial<Shdata> | null)?.seq ?? 0) <= seq) shown.close()
  }
}

/** Tells the page of each step, which shows them (PUSH-7). */
async function showTest({ testId, language }: PushNote & { is: 'test' }): Promise<void> {
  await tellPages({ name: 'pushTest', testId, step: 'received' })
  const words = workerWords[language]
  try {
    await show(words.testTitle, {
      body: words.testText,
      tag: 'test',
      lang: language,
      data: { path: '/settings/notifications' },
    })
    await tellPages({ name: 'pushTest', testId, step: 'shown' })
  } catch {
    await tellPages({ name: 'pushTest', testId, step: 'notShown' })
  }
}

/** Says that an answer could not be sent now (PUSH-8). */
export async function showKept(language: PushLanguage, conversationId: string): Promise<void> {
  const words = workerWords[language]
  const data = { path: `/c/${conversationId}` }
  await show(words.keptTitle, { body: words.keptText, tag: `kept ${conversationId}`, lang: language, data })
}

export async function showBadge(count: number): Promise<void> {
  const { navigator } = worker
  if (!('setAppBadge' in navigator)) return
  await (count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)).catch(() => undefined)
}

async function show(title: string, options: ShownOptions): Promise<void> {
  await worker.registration.showNotification(title, { icon, badge, ...options } as NotificationOptions)
}

async function isLookedAt(): Promise<boolean> {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  return pages.some((page) => page.visibilityState === 'visible' && page.focused)
}

async function tellPages(word: object): Promise<void> {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  for (const page of pages) page.postMessage(word)
}

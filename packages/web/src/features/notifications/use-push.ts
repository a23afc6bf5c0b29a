// Whether this device is told of messages: the browser's permission, its subscription, and what the server knows of it.
// Turned on by a press only. Where no push service can be reached, the page itself tells while it is open.
import type { PushPreview } from '@palabre/protocol'
import { computed, readonly, ref } from 'vue'
import { client } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'

/** How long a first start of the service worker may take. */
const workerWithinMs = 10_000

/** `page`: only while a page is open, because no push service can be reached. */
type Way = 'push' | 'page'

const isSupported = 'Notification' in globalThis
const permission = ref<NotificationPermission>(isSupported ? Notification.permission : 'denied')
const way = ref<Way>('push')

export function usePush() {
  const { values } = usePreferences()

  /** Asks the browser, which asks the person; only ever after a press. */
  async function turnOn(): Promise<boolean> {
    values.isNotificationAsked = true
    if (permission.value === 'default') permission.value = await Notification.requestPermission()
    values.notifications = permission.value === 'granted'
    if (values.notifications) await renew()
    return values.notifications
  }

  async function turnOff(): Promise<void> {
    values.notifications = false
    const registration = await navigator.serviceWorker?.getRegistration()
    const subscription = await registration?.pushManager?.getSubscription()
    await subscription?.unsubscribe()
    // Out of reach: the push service says that it is gone, and the server forgets it then.
    await client.call('unsubscribePush', {}).catch(() => undefined)
  }

  /** Sees to it that browser and server know of each other as the person wishes. */
  async function renew(): Promise<void> {
    if (!values.notifications || permission.value !== 'granted') return
    try {
      await subscribe(values.notificationPreview)
      way.value = 'push'
    } catch {
      way.value = 'page'
    }
  }

  async function setPreview(preview: PushPreview): Promise<void> {
    values.notificationPreview = preview
    await renew()
  }

  return {
    isSupported,
    permission: readonly(permission),
    way: readonly(way),
    isOn: computed(() => values.notifications && permission.value === 'granted'),
    turnOn,
    turnOff,
    renew,
    setPreview,
  }
}

/** The service worker's registration once it runs. @throws where there is none */
export async function runningWorker(): Promise<ServiceWorkerRegistration> {
  if (!('serviceWorker' in navigator)) throw new Error('no service worker')
  return Promise.race([
    navigator.serviceWorker.ready,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error('no worker')), workerWithinMs)),
  ])
}

/** What the browser has, made anew where it was made for another key of the server's. */
export async function browserSubscription(publicKey: string): Promise<PushSubscription> {
  const { pushManager } = await runningWorker()
  const there = await pushManager.getSubscription()
  if (there !== null && keyOf(there) === publicKey) return there
  await there?.unsubscribe()
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
}

/** Tells the server, unless it knows. */
export async function subscribe(preview: PushPreview): Promise<void> {
  const { publicKey, subscription: known } = await client.call('getPush', {})
  const { endpoint = '', keys } = (await browserSubscription(publicKey)).toJSON()
  const language = usePreferences().shownLanguage
  const isKnown = known?.endpoint === endpoint && known.preview === preview && known.language === language
  if (isKnown) return
  const p256dh = keys?.['p256dh'] ?? ''
  await client.call('subscribePush', { endpoint, p256dh, auth: keys?.['auth'] ?? '', preview, language })
}

/** base64url, as the server says it. */
function keyOf({ options }: PushSubscription): string {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

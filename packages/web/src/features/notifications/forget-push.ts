// When somebody signs out here: their notifications go from the screen, and this browser is told of nothing more.

export async function forgetPush(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  if (registration === undefined) return
  for (const shown of await registration.getNotifications()) shown.close()
  await showBadge(0)
  // The session's subscription ends with it; this is for when the server could not be told.
  await (await registration.pushManager?.getSubscription())?.unsubscribe()
}

/** The number on the app's icon, where there is one. */
export async function showBadge(count: number): Promise<void> {
  if (!('setAppBadge' in navigator)) return
  await (count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)).catch(() => undefined)
}

// The browser's own answer about notifications; asking is only ever a reply to a press.
import { ref } from 'vue'
import { usePreferences } from '../../preferences.ts'

export function useNotificationPermission() {
  const preferences = usePreferences()
  const isSupported = 'Notification' in globalThis
  const permission = ref<NotificationPermission>(isSupported ? Notification.permission : 'denied')

  async function setNotifications(isOn: boolean): Promise<void> {
    if (isOn && permission.value === 'default') permission.value = await Notification.requestPermission()
    preferences.values.notifications = isOn && permission.value === 'granted'
  }

  return { isSupported, permission, setNotifications }
}

// Sends where one is, once, when asked: two numbers from the device, no map and nobody else's service.
import type { ConversationId } from '@palabre/protocol'
import { useI18n } from 'vue-i18n'
import { client } from '../../../client.ts'
import { useToast } from '../../../design/use-toast.ts'

const lookMs = 15_000

export function usePlaceSending(conversationId: () => string) {
  const { t } = useI18n()
  const toast = useToast()

  function here(): Promise<GeolocationPosition> {
    return new Promise((resolve, reject) =>
      navigator.geolocation.getCurrentPosition(resolve, reject, {
        enableHighAccuracy: true,
        timeout: lookMs,
      }),
    )
  }

  return {
    /** Browsers tell it to encrypted pages only. */
    isPossible: isSecureContext && 'geolocation' in navigator,
    async send(): Promise<boolean> {
      try {
        const { coords } = await here()
        await client.messages.sendPlace(conversationId() as ConversationId, {
          latitude: coords.latitude,
          longitude: coords.longitude,
          accuracy: coords.accuracy,
          label: '',
        })
        return true
      } catch {
        toast.show(t('media.placeFailed'))
        return false
      }
    },
  }
}

// Saving what a message shows as a file: from here while it waits, else straight from the server, however large it is.
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import type { ShownMessage } from '../messages/use-conversation.ts'
import { mediaOf, wantedOf } from './media-of.ts'
import { mediaBlob } from './use-media-url.ts'

/** An address of this page's own bytes is let go once the browser has taken it. */
const handOverMs = 60_000

function press(href: string, name: string): void {
  const link = document.createElement('a')
  link.href = href
  link.download = name
  link.click()
}

export function useSaving() {
  const { t } = useI18n()
  const toast = useToast()

  async function save(shown: ShownMessage): Promise<void> {
    const media = mediaOf(shown.message)
    const wanted = wantedOf(shown, 'media')
    if (media === null || wanted === null) return
    try {
      if (shown.isPending) {
        const url = URL.createObjectURL(await mediaBlob(wanted))
        press(url, media.name)
        setTimeout(() => URL.revokeObjectURL(url), handOverMs)
      } else {
        await client.media.open()
        press(client.media.url(media.id), media.name)
      }
    } catch {
      toast.show(t('media.saveFailed'))
    }
  }

  return { save }
}

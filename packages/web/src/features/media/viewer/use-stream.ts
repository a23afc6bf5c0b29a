// The address from which a video plays: this page's own bytes while it waits, else the server's, in parts.
import { ref } from 'vue'
import { client } from '../../../client.ts'
import type { ShownMessage } from '../../messages/use-conversation.ts'
import { wantedOf } from '../media-of.ts'
import { mediaBlob } from '../use-media-url.ts'

export function useStream(shown: () => ShownMessage) {
  const url = ref<string | null>(null)
  const hasFailed = ref(false)
  let own: string | null = null

  function stop(): void {
    if (own !== null) URL.revokeObjectURL(own)
    own = null
    url.value = null
  }

  async function start(): Promise<void> {
    stop()
    hasFailed.value = false
    const wanted = wantedOf(shown(), 'media')
    if (wanted === null) return
    try {
      if (wanted.waits) url.value = own = URL.createObjectURL(await mediaBlob(wanted))
      else {
        await client.media.open()
        url.value = client.media.url(wanted.mediaId)
      }
    } catch {
      hasFailed.value = true
    }
  }

  void start()
  return { url, hasFailed, start, stop }
}

// One voice note or audio as its bubble shows it: what plays, how far, how loud.
import { computed, onScopeDispose, watch } from 'vue'
import { client } from '../../client.ts'
import type { ShownMessage } from '../messages/use-conversation.ts'
import { mediaOf, wantedOf } from './media-of.ts'
import { mediaBlob } from './use-media-url.ts'
import { usePlayer, type Track } from './use-player.ts'

/** Bars of a wave; where nobody said how loud it is, all are alike. */
const bars = 40
const quietest = 0.12
/** Loudness on the wire goes from 0 to this. */
const loudest = 31

/** One value per bar, from 0 to 1. */
function barsOf(waveform: readonly number[] | null): number[] {
  return Array.from({ length: bars }, (_, bar) => {
    const value = waveform?.[Math.floor((bar * waveform.length) / bars)]
    return value === undefined ? 0.3 : Math.max(quietest, value / loudest)
  })
}

export function useSound(shown: () => ShownMessage) {
  const player = usePlayer()
  const media = computed(() => mediaOf(shown().message))
  const isVoice = computed(() => shown().message.kind === 'voice')
  const track = computed<Track>(() => {
    const one = shown()
    return {
      messageId: one.message.id,
      conversationId: one.message.conversationId,
      seq: one.message.seq,
      isVoice: one.message.kind === 'voice',
      durationMs: media.value?.durationMs ?? null,
      async url() {
        const wanted = wantedOf(one, 'media')
        if (wanted === null) throw new Error('it is gone')
        // A voice note is kept, and plays without a network; a long audio plays while it comes.
        if (one.message.kind === 'voice' || one.isPending) return URL.createObjectURL(await mediaBlob(wanted))
        await client.media.open()
        return client.media.url(wanted.mediaId)
      },
    }
  })
  let takeBack: (() => void) | null = null
  watch(
    track,
    (next) => {
      takeBack?.()
      takeBack = next.seq > 0 ? player.offer(next) : null
    },
    { immediate: true },
  )
  onScopeDispose(() => takeBack?.())

  const isMine = computed(() => player.current.value?.messageId === shown().message.id)
  const position = computed(() => (isMine.value ? player.position.value : 0))
  const length = computed(
    () => media.value?.durationMs ?? (isMine.value && player.length.value > 0 ? player.length.value : null),
  )
  return {
    media,
    isVoice,
    bars: computed(() => barsOf(media.value?.waveform ?? null)),
    isPlaying: computed(() => isMine.value && player.isPlaying.value),
    hasFailed: computed(() => isMine.value && player.hasFailed.value),
    isStarted: computed(() => isMine.value && position.value > 0),
    position,
    length,
    share: computed(() => (length.value ? Math.min(1, position.value / length.value) : 0)),
    speed: player.speed,
    toggle: () => player.toggle(track.value),
    seek(share: number) {
      if (isMine.value) player.seek(share)
    },
    faster: () => player.faster(),
  }
}

// The one voice that plays in this page, over all conversations: play, pause, seek, speed; when a voice note ends, the
// next one that was offered after it starts by itself.
import { readonly, ref, shallowRef } from 'vue'

export interface Track {
  readonly messageId: string
  readonly conversationId: string
  /** By place in the conversation; 0 while it waits. */
  readonly seq: number
  readonly isVoice: boolean
  readonly durationMs: number | null
  /** Its address, asked for when it is to play. */
  url(): Promise<string>
}

const speeds = [1, 1.5, 2] as const

const current = shallowRef<Track | null>(null)
const isPlaying = ref(false)
const hasFailed = ref(false)
const position = ref(0)
const length = ref(0)
const speed = ref<number>(1)
const offered = new Map<string, Track>()
let audio: HTMLAudioElement | null = null

function element(): HTMLAudioElement {
  if (audio !== null) return audio
  const made = new Audio()
  made.preload = 'auto'
  made.addEventListener('timeupdate', () => (position.value = made.currentTime * 1_000))
  made.addEventListener('durationchange', () => {
    // A recording in the making of some browsers tells no length.
    if (Number.isFinite(made.duration)) length.value = made.duration * 1_000
  })
  made.addEventListener('play', () => (isPlaying.value = true))
  made.addEventListener('pause', () => (isPlaying.value = false))
  made.addEventListener('ended', () => void ended())
  made.addEventListener('error', () => {
    if (current.value !== null) fail()
  })
  audio = made
  return made
}

function fail(): void {
  hasFailed.value = true
  isPlaying.value = false
}

async function play(track: Track): Promise<void> {
  const player = element()
  if (current.value?.messageId !== track.messageId) {
    player.pause()
    current.value = track
    position.value = 0
    length.value = track.durationMs ?? 0
    try {
      const url = await track.url()
      if (current.value.messageId !== track.messageId) return
      player.src = url
    } catch {
      fail()
      return
    }
  }
  hasFailed.value = false
  player.playbackRate = speed.value
  await player.play().catch(fail)
}

async function ended(): Promise<void> {
  const done = current.value
  position.value = 0
  if (done === null || !done.isVoice) return
  const next = [...offered.values()]
    .filter((track) => track.isVoice && track.conversationId === done.conversationId && track.seq > done.seq)
    .sort((a, b) => a.seq - b.seq)[0]
  if (next) await play(next)
}

export function usePlayer() {
  return {
    current: readonly(current),
    isPlaying: readonly(isPlaying),
    hasFailed: readonly(hasFailed),
    /** Milliseconds. */
    position: readonly(position),
    length: readonly(length),
    speed: readonly(speed),
    toggle(track: Track): void {
      if (current.value?.messageId === track.messageId && isPlaying.value) audio?.pause()
      else void play(track)
    },
    /** `share`: from 0 to 1. */
    seek(share: number): void {
      if (audio === null || length.value === 0) return
      audio.currentTime = (Math.min(1, Math.max(0, share)) * length.value) / 1_000
      position.value = audio.currentTime * 1_000
    },
    faster(): void {
      const at = speeds.indexOf(speed.value as (typeof speeds)[number])
      speed.value = speeds[(at + 1) % speeds.length] ?? 1
      if (audio !== null) audio.playbackRate = speed.value
    },
    /** Says that it could play next; answers how to take that back. */
    offer(track: Track): () => void {
      offered.set(track.messageId, track)
      return () => {
        if (offered.get(track.messageId) === track) offered.delete(track.messageId)
      }
    },
    stop(): void {
      audio?.pause()
      current.value = null
    },
  }
}

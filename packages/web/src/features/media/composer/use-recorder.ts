// Recording a voice note: the microphone, how loud it is now, pause, and what came of it with its wave. Nothing is
// kept of what is cancelled, and the microphone is let go in every case.
import { onScopeDispose, readonly, ref } from 'vue'

/** On the wire: so many steps, each up to this. */
const waveSteps = 64
const waveMost = 31
const meterEveryMs = 60
/** Speech is quieter than what a microphone can take. */
const gain = 3
/** Shorter than this is a slip of the finger. */
const leastMs = 700
/** How often the browser hands over what it has: until the first time, nobody knows that the microphone works. */
const sliceMs = 200
const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']

export interface Recording {
  readonly bytes: Blob
  readonly durationMs: number
  readonly waveform: number[]
  readonly name: string
}

export function useRecorder() {
  /** `waiting`: allowed, but nothing has come from the microphone yet. `ended`: it was taken away meanwhile. */
  const state = ref<'idle' | 'asking' | 'waiting' | 'recording' | 'paused' | 'ended' | 'refused'>('idle')
  const elapsedMs = ref(0)
  /** The newest loudness last, each from 0 to 1. */
  const levels = ref<readonly number[]>([])
  let recorder: MediaRecorder | null = null
  let stream: MediaStream | null = null
  let context: AudioContext | null = null
  let meter: ReturnType<typeof setInterval> | undefined
  let parts: Blob[] = []
  let heard: number[] = []
  let runningSince = 0
  let before = 0

  function letGo(): void {
    clearInterval(meter)
    for (const track of stream?.getTracks() ?? []) track.stop()
    void context?.close().catch(() => undefined)
    recorder = null
    stream = null
    context = null
  }

  function measure(source: MediaStream): void {
    context = new AudioContext()
    const analyser = context.createAnalyser()
    analyser.fftSize = 1_024
    context.createMediaStreamSource(source).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    meter = setInterval(() => {
      if (state.value !== 'recording' && state.value !== 'waiting') return
      analyser.getFloatTimeDomainData(samples)
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
      if (state.value === 'waiting') {
        if (power > 0) hears()
        return
      }
      const level = Math.min(1, Math.sqrt(power) * gain)
      heard.push(level)
      levels.value = [...levels.value.slice(-47), level]
      elapsedMs.value = before + performance.now() - runningSince
    }, meterEveryMs)
  }

  /** The time that is shown is time that was recorded: it runs from the first sound, not from the wish. */
  function hears(): void {
    if (state.value !== 'waiting') return
    runningSince = performance.now()
    state.value = 'recording'
  }

  /** Unplugged, or forbidden on the way: what there is can still be sent. */
  function ends(): void {
    if (state.value === 'recording') before += performance.now() - runningSince
    if (state.value === 'waiting') {
      letGo()
      state.value = 'refused'
    } else if (state.value === 'recording' || state.value === 'paused') state.value = 'ended'
  }

  function reset(): void {
    letGo()
    parts = []
    heard = []
    before = 0
    elapsedMs.value = 0
    levels.value = []
    state.value = 'idle'
  }

  async function start(): Promise<void> {
    reset()
    state.value = 'asking'
    try {
      const asked = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true },
      })
      // Cancelled while the browser asked.
      if (state.value !== 'asking') return asked.getTracks().forEach((track) => track.stop())
      stream = asked
      const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type))
      recorder = new MediaRecorder(asked, mimeType === undefined ? {} : { mimeType })
      const made = recorder
      made.addEventListener('dataavailable', ({ data }) => {
        if (data.size === 0 || recorder !== made) return
        parts.push(data)
        hears()
      })
      made.addEventListener('stop', () => recorder === made && ends())
      state.value = 'waiting'
      measure(asked)
      made.start(sliceMs)
    } catch {
      letGo()
      state.value = 'refused'
    }
  }

  /** Null: it was too short to say anything. */
  async function finish(): Promise<Recording | null> {
    const made = recorder
    if (made === null) return null
    const durationMs = Math.round(
      before + (state.value === 'recording' ? performance.now() - runningSince : 0),
    )
    // One that ended by itself does not say so a second time.
    if (made.state !== 'inactive')
      await new Promise<void>((resolve) => {
        made.addEventListener('stop', () => resolve(), { once: true })
        made.stop()
      })
    const type = (made.mimeType || 'audio/webm').split(';', 1)[0] ?? 'audio/webm'
    const bytes = new Blob(parts, { type })
    const waveform = waveOf(heard)
    reset()
    if (durationMs < leastMs || bytes.size === 0) return null
    return {
      bytes,
      durationMs,
      waveform,
      name: `voice.${type === 'audio/mp4' ? 'm4a' : (type.split('/')[1] ?? '')}`,
    }
  }

  onScopeDispose(reset)
  return {
    state: readonly(state),
    elapsedMs: readonly(elapsedMs),
    levels,
    start,
    finish,
    cancel: reset,
    pause(): void {
      if (state.value !== 'recording') return
      recorder?.pause()
      before += performance.now() - runningSince
      state.value = 'paused'
    },
    resume(): void {
      if (state.value !== 'paused') return
      recorder?.resume()
      runningSince = performance.now()
      state.value = 'recording'
    },
  }
}

/** The loudest of each step; quiet recordings use the whole height too. */
function waveOf(heard: readonly number[]): number[] {
  const steps = Math.min(waveSteps, heard.length)
  const most = Math.max(0.05, ...heard)
  return Array.from({ length: steps }, (_, step) => {
    const from = Math.floor((step * heard.length) / steps)
    const to = Math.max(from + 1, Math.floor(((step + 1) * heard.length) / steps))
    return Math.round((Math.max(...heard.slice(from, to)) / most) * waveMost)
  })
}

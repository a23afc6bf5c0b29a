// Two soft notes, made here: no file to load. Browsers stay silent until the page was touched once; that is fine.

let context: AudioContext | undefined

export function playSound(): void {
  try {
    context ??= new AudioContext()
    const start = context.currentTime
    for (const [index, hertz] of [659.3, 880].entries()) note(context, hertz, start + index * 0.11)
  } catch {
    // No audio on this device: the message is still shown.
  }
}

function note(audio: AudioContext, hertz: number, at: number): void {
  const oscillator = audio.createOscillator()
  const gain = audio.createGain()
  oscillator.type = 'sine'
  oscillator.frequency.value = hertz
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(0.12, at + 0.015)
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.35)
  oscillator.connect(gain).connect(audio.destination)
  oscillator.start(at)
  oscillator.stop(at + 0.4)
}

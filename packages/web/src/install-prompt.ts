// The browser offers to install the app at a moment of its own, perhaps before anything is drawn: the offer is kept until
// the person asks for it.

export interface InstallOffer extends Event {
  prompt(): Promise<unknown>
  readonly userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }>
}

let offer: InstallOffer | null = null
const listeners = new Set<() => void>()

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  keep(event as InstallOffer)
})
addEventListener('appinstalled', () => keep(null))

function keep(next: InstallOffer | null): void {
  offer = next
  for (const listener of listeners) listener()
}

export const installPrompt = {
  get: (): InstallOffer | null => offer,
  /** It is worth one use. */
  used: () => keep(null),
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  },
}

// In the place of engine.io-client: connections go through the virtual network. Socket.IO's client above it is the real one.
import { stage } from '../stage.ts'

export * from 'engine.io-client'

/** `new Socket(uri)`: the host of the uri names the device. */
export function Socket(uri: string): unknown {
  return stage().network.dial(new URL(uri).hostname)
}

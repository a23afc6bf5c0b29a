// A client that is little more than its WebSocket, so that one process holds twenty thousand of them: enough of
// Socket.IO to sign in, ask and hear. What it hears is handed on as it came; nothing is stored.
import type { Socket } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import { WebSocket } from 'ws'

export interface Light {
  /** Sends, and resolves with what is acknowledged. @throws when it is refused, or the connection goes */
  ask(event: string, input: unknown): Promise<unknown>
  /** Sends, and wants no answer. */
  tell(event: string, input: unknown): void
  /** Bytes that have come over the connection, all headers included. */
  bytesRead(): number
  isOpen(): boolean
  close(): void
}

export interface LightOptions {
  url: string
  /** Sent in the handshake. */
  auth: object
  /** Whether the WebSocket offers to compress. */
  offersDeflate?: boolean
  /** An event of the server: `["name",{…}]`, or null for one that came compressed. */
  onEvent?(packet: string | null): void
  /** Who was let in is out again. */
  onClose?(): void
}

const [text0, text2, text3, text4] = [0x30, 0x32, 0x33, 0x34]

/** As a browser's client waits: where many come at once a connection may be lost before anybody has seen it. */
const handshakeTimeout = 20_000

/** Resolves when the server has let it in. */
export function openLight(options: LightOptions): Promise<Light> {
  const { url, auth, offersDeflate = false, onEvent, onClose } = options
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
    perMessageDeflate: offersDeflate,
    handshakeTimeout,
  })
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let raw: Socket | null = null
  let asked = 0
  let isIn = false

  const light: Light = {
    ask(event, input) {
      return new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) {
          reject(new Error('the connection is gone'))
          return
        }
        waiting.set(++asked, { resolve, reject })
        socket.send(`42${asked}${JSON.stringify([event, input])}`)
      })
    },
    tell(event, input) {
      if (socket.readyState === WebSocket.OPEN) socket.send(`42${JSON.stringify([event, input])}`)
    },
    bytesRead: () => raw?.bytesRead ?? 0,
    isOpen: () => socket.readyState === WebSocket.OPEN,
    close: () => socket.terminate(),
  }

  function acknowledged(packet: string): void {
    const start = packet.indexOf('[')
    const number = Number(packet.slice(1, start))
    const one = waiting.get(number)
    waiting.delete(number)
    const [answer] = JSON.parse(packet.slice(start)) as [{ ok?: boolean; error?: unknown }]
    if (answer.ok === true) one?.resolve(answer)
    else one?.reject(new Error(JSON.stringify(answer.error)))
  }

  return new Promise((resolve, reject) => {
    socket.once('upgrade', (response) => (raw = response.socket))
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) {
        // Only who asked needs to know what is in there: an answer is looked into, an event is counted.
        if (waiting.size === 0) onEvent?.(null)
        else {
          const packet = inflateRawSync(data).toString()
          if (packet.startsWith('3')) acknowledged(packet)
          else onEvent?.(null)
        }
      } else if (data[0] === text2) socket.send('3')
      else if (data[0] === text0) socket.send(`40${JSON.stringify(auth)}`)
      else if (data[0] !== text4) return
      else if (data[1] === text2) onEvent?.(data.toString('utf8', 2))
      else if (data[1] === text3) acknowledged(data.toString('utf8', 1))
      else if (data[1] === text0) {
        isIn = true
        resolve(light)
      } else {
        reject(new Error(data.toString()))
        socket.terminate()
      }
    })
    socket.on('error', reject)
    socket.on('close', () => {
      reject(new Error('the connection was closed'))
      for (const { reject: refuse } of waiting.values()) refuse(new Error('the connection was closed'))
      waiting.clear()
      if (isIn) onClose?.()
    })
  })
}

// The HTTP server's own limits against slow and greedy callers (SECURITY §4.6).
import { createServer, type RequestListener, type Server } from 'node:http'

const limits = {
  headersTimeout: 15_000,
  // A part of an upload on a slow line; what is no upload has less (`http.ts`).
  requestTimeout: 10 * 60_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16 * 1_024,
}
const requestsPerConnection = 1_000
const connections = 20_000

export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(limits, listener)
  server.maxRequestsPerSocket = requestsPerConnection
  server.maxConnections = connections
  return server
}

/** Resolves with the port that is listened on. @throws when the address is taken or not ours */
export function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'something else listens there; set PORT' : (error.code ?? error.message)
      reject(new Error(`Cannot listen on port ${port} of ${host}: ${why}.`, { cause: error }))
    }
    server.once('error', refused)
    server.listen({ port, host }, () => {
      server.off('error', refused)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** Takes no new connections; resolves when the last one is closed, cutting them off after `withinMs`. */
export function stopListening(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve()
      return
    }
    const timer = setTimeout(() => server.closeAllConnections(), withinMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}

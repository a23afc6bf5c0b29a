// How large packets of the socket travel to clients that can take them compressed (WIRE-2). Sizes are in limits.ts.

/**
 * What such a client says in its handshake: `auth: { token, inflates }`. Then a packet of the server's may come as one
 * binary message: its text (Socket.IO's, UTF-8) as a raw deflate stream (RFC 1951), as `DecompressionStream` reads it.
 */
export const INFLATES = 'deflate-raw' as const

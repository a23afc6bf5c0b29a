// The yardstick: a bare Socket.IO relay with acknowledgements and no store, no accounts, no checks.
// What Palabre costs is said as a ratio to this, measured in the same run.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer((_, response) => response.end('ok'))
const io = new Server(http, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  pingInterval: 25_000,
  pingTimeout: 20_000,
})

io.on('connection', (socket) => {
  const rooms = socket.handshake.auth['rooms'] as string[] | undefined
  if (rooms) void socket.join(rooms)
  socket.on('send_message', (message: { conversationId: string }, acknowledge: (answer: unknown) => void) => {
    io.to(message.conversationId).emit('receive_message', message)
    acknowledge({ ok: true })
  })
})

http.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('listening'))

// The archive of one person's data (EXP-1, EXP-2): a ZIP that is made while it is sent, each file's hash taken on its way, the
// manifest and a small page to read it by at the end. Whoever stops listening stops all of it.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { UserId } from '@palabre/protocol'
import type { Services } from '../context.ts'
import { indexPage } from './index-page.ts'
import { partsOf, type Contents, type Part } from './parts.ts'

interface Listed {
  path: string
  bytes: number
  sha256: string
}

/** Of this archive: what reads it looks here first. */
const format = 1

/** @param signal aborted when nobody listens any more */
export function createArchive(
  services: Pick<Services, 'store' | 'media' | 'now' | 'takeTurn' | 'config'>,
  userId: UserId,
  signal: AbortSignal,
): Readable {
  const zip = new ZipFile()
  const listed: Listed[] = []
  const contents: Contents = { conversations: [], media: [] }
  const out = zip.outputStream as unknown as Readable
  const createdAt = new Date(services.now())

  /** Resolves when all of it is in the archive. */
  function add(part: Part): Promise<void> {
    return new Promise((resolve, reject) => {
      const hash = createHash('sha256')
      let bytes = 0
      async function* counted(): AsyncIterable<Uint8Array> {
        for await (const piece of part.bytes()) {
          signal.throwIfAborted()
          const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
          hash.update(chunk)
          bytes += chunk.length
          yield chunk
        }
        listed.push({ path: part.path, bytes, sha256: hash.digest('hex') })
      }
      const stream = Readable.from(counted(), { objectMode: false })
      stream.once('error', reject)
      stream.once('end', resolve)
      zip.addReadStream(stream, part.path, { mtime: createdAt, mode: 0o100600, compress: !part.isPacked })
    })
  }

  async function fill(): Promise<void> {
    const own = { ...services, userId }
    for await (const part of partsOf(own, contents, signal)) await add(part)
    const page = indexPage({ name: services.config.serverName, createdAt, contents })
    await add({ path: 'index.html', isPacked: false, bytes: () => Readable.from([page]) })
    const manifest = { format, createdAt: createdAt.toISOString(), userId, files: listed }
    await add({
      path: 'manifest.json',
      isPacked: false,
      bytes: () => Readable.from([`${JSON.stringify(manifest, null, 2)}\n`]),
    })
    zip.end()
  }

  fill().catch((error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error))))
  return out
}

// Takes out of films and recordings where and by what they were made (SEC-18): the boxes of MP4 and MOV that hold such words
// (`udta`, `meta`) become free space, in place, so that no other byte moves. Done twice it is the same. What does not look
// like such a file is left as it is. WebM, Ogg and MP3 are not looked into: recorders in browsers write no places.
import { open, type FileHandle } from 'node:fs/promises'

const headerBytes = 8
/** Boxes that hold boxes, on the way to those that are looked for. */
const holders = new Set(['moov', 'trak'])
const wordy = new Set(['udta', 'meta'])
/** Boxes of one file, and how deep: more is no film. */
const boxesMax = 10_000
const zeros = Buffer.alloc(65_536)

/** Overwrites them in the file at `path`. */
export async function forgetPlaces(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    let left = boxesMax
    await within(0, (await file.stat()).size)
    await file.sync()

    async function within(from: number, end: number): Promise<void> {
      for (let at = from; at + headerBytes <= end && left > 0; left -= 1) {
        const box = await boxAt(file, at, end)
        if (box === null) return
        if (wordy.has(box.type)) await free(file, at, box)
        else if (holders.has(box.type)) await within(at + box.header, at + box.bytes)
        at += box.bytes
      }
    }
  } finally {
    await file.close()
  }
}

interface Box {
  type: string
  /** With its header. */
  bytes: number
  header: number
}

/** Null where there is none. */
async function boxAt(file: FileHandle, at: number, end: number): Promise<Box | null> {
  const head = Buffer.alloc(2 * headerBytes)
  const { bytesRead } = await file.read(head, 0, head.length, at)
  if (bytesRead < headerBytes) return null
  const type = head.toString('latin1', 4, 8)
  const short = head.readUInt32BE(0)
  const isLong = short === 1
  if (isLong && bytesRead < head.length) return null
  const bytes = isLong ? Number(head.readBigUInt64BE(headerBytes)) : short === 0 ? end - at : short
  const header = isLong ? head.length : headerBytes
  return bytes < header || at + bytes > end ? null : { type, bytes, header }
}

async function free(file: FileHandle, at: number, { bytes, header }: Box): Promise<void> {
  await file.write(Buffer.from('free', 'latin1'), 0, 4, at + 4)
  for (let done = header; done < bytes;) {
    const part = Math.min(zeros.length, bytes - done)
    await file.write(zeros, 0, part, at + done)
    done += part
  }
}

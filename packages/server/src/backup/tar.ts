// The outer shape of a backup: a plain tar file, so that it can be opened without this program in twenty years.
// Only as much of the format as we write: files with short names, one after the other. What is read must be exactly
// what would have been written, so that a flipped bit in a header or in the padding is seen too; nothing in a file
// that is read decides where anything is written.
const blockBytes = 512
const nameBytes = 100
/** Sizes above this do not fit eleven octal digits and are written as bytes. */
const octalMax = 0o77777777777
const endBlocks = 2

export interface Entry {
  name: string
  size: number
  /** Seconds since 1970. */
  modifiedAt: number
}

/** The 512 bytes before a file's own. */
export function headerOf({ name, size, modifiedAt }: Entry): Buffer {
  const header = Buffer.alloc(blockBytes)
  if (Buffer.byteLength(name) >= nameBytes)
    throw new RangeError(`a name of at most ${nameBytes} bytes is needed`)
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  header.write(name, 0, 'utf8')
  header.write(octal(0o600, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  if (size <= octalMax) header.write(octal(size, 12), 124)
  else {
    header.writeUInt8(0x80, 124)
    header.writeBigUInt64BE(BigInt(size), 128)
  }
  header.write(octal(modifiedAt, 12), 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\0', 257)
  header.write('00', 263)
  header.write(octal(0, 8), 329)
  header.write(octal(0, 8), 337)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** What fills a file's last block. */
export function paddingOf(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes)
}

export const end = Buffer.alloc(endBlocks * blockBytes)

export interface TarReader {
  /** The next file's header; null: the end of the archive, and of the input. @throws when it is not what we write */
  next(): Promise<Entry | null>
  /** The bytes of the file whose header was read last. All of them must be taken before `next`. */
  body(): AsyncIterable<Buffer>
}

/** @param input is read no further than it is asked for */
export function readTar(input: AsyncIterable<Buffer>): TarReader {
  const chunks = input[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  let left = 0
  let padding = 0

  async function some(): Promise<boolean> {
    while (held.length === 0) {
      const next = await chunks.next()
      if (next.done === true) return false
      held = next.value
    }
    return true
  }

  async function exactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let missing = count; missing > 0;) {
      if (!(await some())) throw new Error('it ends too early: it was cut off, or is no backup')
      const part = held.subarray(0, missing)
      held = held.subarray(part.length)
      missing -= part.length
      parts.push(part)
    }
    return Buffer.concat(parts)
  }

  return {
    async next() {
      if (left > 0) throw new Error('the file before has not been read')
      const fill = await exactly(padding)
      padding = 0
      if (fill.some((byte) => byte !== 0)) throw damaged()
      const block = await exactly(blockBytes)
      if (block.every((byte) => byte === 0)) {
        const rest = await exactly((endBlocks - 1) * blockBytes)
        if (rest.some((byte) => byte !== 0)) throw damaged()
        if (await some()) throw new Error('something follows its end')
        return null
      }
      const entry = entryOf(block)
      left = entry.size
      padding = paddingOf(entry.size).length
      return entry
    },

    async *body() {
      while (left > 0) {
        if (!(await some())) throw new Error('it ends too early: it was cut off, or is no backup')
        const part = held.subarray(0, left)
        held = held.subarray(part.length)
        left -= part.length
        yield part
      }
    },
  }
}

function entryOf(block: Buffer): Entry {
  const text = (from: number, to: number) => block.toString('latin1', from, to).replace(/[\0 ].*$/su, '')
  const size = block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : parseInt(text(124, 136), 8)
  const entry = { name: text(0, nameBytes), size, modifiedAt: parseInt(text(136, 148), 8) }
  const isOurs =
    Number.isSafeInteger(entry.size) &&
    Number.isSafeInteger(entry.modifiedAt) &&
    entry.modifiedAt <= octalMax &&
    headerOf(entry).equals(block)
  if (!isOurs) throw damaged()
  return entry
}

function damaged(): Error {
  return new Error('it is damaged, or no backup of ours')
}

// All pictures of a walk on one sheet: a line for each screen, a column for each look, its name beside it.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import sharp, { type OverlayOptions } from 'sharp'

const lineHeight = 300
const gap = 12
const labelWidth = 170

/** `looks`: the ends of the files' names, in the order of the columns; `width` of one, at the height of a line. */
export async function contactSheet(
  folder: string,
  names: readonly string[],
  looks: readonly { name: string; width: number }[],
): Promise<string> {
  const lefts = looks.map((_, at) =>
    looks.slice(0, at).reduce((sum, { width }) => sum + width + gap, labelWidth + gap),
  )
  const last = looks.at(-1)
  const width = (lefts.at(-1) ?? 0) + (last?.width ?? 0) + gap
  const height = gap + names.length * (lineHeight + gap)
  const parts: OverlayOptions[] = []
  for (const [line, name] of names.entries()) {
    const top = gap + line * (lineHeight + gap)
    parts.push({ input: label(name), left: gap, top })
    for (const [at, look] of looks.entries()) {
      const path = resolve(folder, `${name}-${look.name}.png`)
      if (!existsSync(path)) continue
      const input = await sharp(path)
        .resize(look.width, lineHeight, { fit: 'contain', background: '#888' })
        .png()
        .toBuffer()
      parts.push({ input, left: lefts[at] ?? 0, top })
    }
  }
  const path = resolve(folder, 'contact-sheet.png')
  await sharp({ create: { width, height, channels: 3, background: '#888' }, limitInputPixels: false })
    .composite(parts)
    .png({ palette: true })
    .toFile(path)
  return path
}

function label(text: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth}" height="40"><text y="26" font-size="17" font-family="sans-serif" fill="#fff">${text}</text></svg>`,
  )
}

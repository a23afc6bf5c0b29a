// What a file that someone picked is to become. By what the browser takes it for; the server looks for itself (MED-4).
import { limits } from '@palabre/protocol'
import type { Picked } from './picked.ts'

/** At once. */
export const most = limits.albumMessages

const pictures = /^image\/(jpeg|png|webp|gif|avif|bmp)$/
const videos = /^video\/(mp4|webm|quicktime)$/
const sounds = /^audio\//

let keys = 0

export function picked(file: File, asFile: boolean): Picked {
  const kind = asFile ? 'file' : kindOf(file.type)
  const preview = kind === 'image' || kind === 'video' ? URL.createObjectURL(file) : null
  return { key: ++keys, kind, file, preview }
}

function kindOf(type: string): Picked['kind'] {
  if (pictures.test(type)) return 'image'
  if (videos.test(type)) return 'video'
  return sounds.test(type) ? 'audio' : 'file'
}

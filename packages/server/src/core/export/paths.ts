// Names of files in an archive: never the ones people gave, which may point anywhere; only their endings, where they are
// plain. Pure.

const endings: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'application/pdf': '.pdf',
}

/** With its dot; by what the bytes are, else by the name if that is plain. */
export function extensionOf(name: string, contentType: string): string {
  return endings[contentType] ?? /\.[a-z0-9]{1,8}$/iu.exec(name)?.[0].toLowerCase() ?? ''
}

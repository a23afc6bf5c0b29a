// The page that comes with the archive: what is in it, in both languages, without a script or anything from elsewhere. Pure.
import type { Contents } from './parts.ts'

export function indexPage(input: { name: string; createdAt: Date; contents: Contents }): string {
  const { name, createdAt, contents } = input
  const row = (path: string, text: string, note: string) =>
    `<li><a href="${escaped(path)}">${escaped(text)}</a> <small>${escaped(note)}</small></li>`
  const conversations = contents.conversations.map(({ path, title, messages }) =>
    row(path, title === '' ? path : title, String(messages)),
  )
  const media = contents.media.map(({ path, name: given, bytes }) =>
    row(path, given === '' ? path : given, `${Math.ceil(bytes / 1_024)} KiB`),
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(name)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}small{color:#555}</style>
<h1>${escaped(name)}</h1>
<p>Your data as of ${createdAt.toISOString()}. Each file of messages has one message a line (JSON Lines); <a href="manifest.json">manifest.json</a> has the SHA-256 of each file.</p>
<p lang="fr">Vos données au ${createdAt.toISOString()}. Chaque fichier de messages a un message par ligne (JSON Lines) ; <a href="manifest.json">manifest.json</a> donne le SHA-256 de chaque fichier.</p>
<ul>${['profile', 'devices', 'contacts', 'kept', 'reports', 'conversations'].map((part) => row(`${part}.jsonl`, part, '')).join('')}</ul>
<h2>Messages</h2>
<ul>${conversations.join('\n')}</ul>
<h2>Media</h2>
<ul>${media.join('\n')}</ul>
</html>
`
}

function escaped(text: string): string {
  const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replaceAll(/[&<>"]/gu, (sign) => signs[sign] ?? sign)
}

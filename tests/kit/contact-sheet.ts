// All pictures of a walk on one page: a line for each screen, a column for each look. A picture opens by a click.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** `looks`: the ends of the files' names, in the order of the columns; `width` of one in pixels. */
export async function contactSheet(
  folder: string,
  names: readonly string[],
  looks: readonly { name: string; width: number }[],
): Promise<string> {
  const isMade = (name: string, look: string) => existsSync(resolve(folder, `${name}-${look}.png`))
  const shown = looks.filter((look) => names.some((name) => isMade(name, look.name)))
  const lines = names.map((name) => {
    const cells = shown.map(({ name: look, width }) => {
      const file = `${name}-${look}.png`
      const image = `<a href="${file}"><img loading="lazy" width="${width}" src="${file}" alt="${name}, ${look}"></a>`
      return `<td>${isMade(name, look) ? image : ''}</td>`
    })
    return `<tr><th scope="row">${name}</th>${cells.join('')}</tr>`
  })
  const heads = shown.map(({ name }) => `<th scope="col">${name}</th>`)
  const path = resolve(folder, 'index.html')
  await writeFile(
    path,
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Every screen</title>
<style>body{background:#888;color:#fff;font:14px sans-serif}th{text-align:start;vertical-align:top}img{display:block}
thead th{position:sticky;top:0;background:#555;padding:4px}</style>
<table><thead><tr><th></th>${heads.join('')}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table></html>
`,
  )
  return path
}

// Reads as much YAML as the files in `deploy/` and compose.yaml have: maps by indentation, lists of maps or of words, and
// words, quoted or not. What follows `key:` on its line is kept as it is written. Anything else is refused, so that no
// test looks at less than there is.
export type Plain = string | Plain[] | { [key: string]: Plain }

interface Line {
  indent: number
  text: string
}

export function readYaml(text: string): Plain {
  const lines = text
    .split('\n')
    .map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }))
    .filter(({ text: content }) => content !== '' && !content.startsWith('#'))
  const { value, next } = block(lines, 0)
  if (next !== lines.length) throw new Error(`not plain: ${lines[next]?.text ?? ''}`)
  return value
}

/** What one finds by going down those keys. @throws when it is not there */
export function at(value: Plain, ...keys: string[]): Plain {
  let found: Plain | undefined = value
  for (const key of keys) found = typeof found === 'object' && !Array.isArray(found) ? found[key] : undefined
  if (found === undefined) throw new Error(`there is no ${keys.join('.')}`)
  return found
}

/** A word; empty for anything else. */
export function wordOf(value: Plain | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function mapOf(value: Plain | undefined): Record<string, Plain> {
  return typeof value === 'object' && !Array.isArray(value) ? value : {}
}

export function listOf(value: Plain | undefined): Plain[] {
  return Array.isArray(value) ? value : []
}

function block(lines: Line[], from: number): { value: Plain; next: number } {
  const first = lines[from]
  if (first === undefined) return { value: '', next: from }
  return first.text.startsWith('- ') ? list(lines, from, first.indent) : map(lines, from, first.indent)
}

function list(lines: Line[], from: number, indent: number): { value: Plain[]; next: number } {
  const value: Plain[] = []
  let next = from
  for (let line = lines[next]; line?.indent === indent && line.text.startsWith('- '); line = lines[next]) {
    const text = line.text.slice(2)
    if (/^[\w.-]+:( |$)/u.test(text)) {
      // A map whose first key stands beside the dash.
      lines[next] = { indent: indent + 2, text }
      const inner = map(lines, next, indent + 2)
      value.push(inner.value)
      next = inner.next
    } else {
      value.push(unquoted(text))
      next += 1
    }
  }
  return { value, next }
}

function map(lines: Line[], from: number, indent: number): { value: Record<string, Plain>; next: number } {
  const value: Record<string, Plain> = {}
  let next = from
  for (let line = lines[next]; line?.indent === indent; line = lines[next]) {
    const [, key, rest] = /^([\w.<-]+):(?: (.*))?$/u.exec(line.text) ?? []
    if (key === undefined || Object.hasOwn(value, key)) throw new Error(`not plain: ${line.text}`)
    next += 1
    const anchor = rest === undefined || /^&\w+$/u.test(rest)
    const below = lines[next]
    if (anchor && below !== undefined && below.indent > indent) {
      const inner = block(lines, next)
      value[key] = inner.value
      next = inner.next
    } else value[key] = unquoted(rest ?? '')
  }
  return { value, next }
}

function unquoted(text: string): Plain {
  const single = /^'(.*)'$/u.exec(text)?.[1]
  if (single !== undefined) return single.replaceAll("''", "'")
  const list = /^\[(.*)\]$/u.exec(text)?.[1]
  if (list === undefined) return text
  return (list.match(/'[^']*'|[^,]+/gu) ?? []).map((word) => unquoted(word.trim()))
}

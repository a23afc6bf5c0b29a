// What a command lists: columns for people, a line of JSON for scripts. Names come from anybody: nothing in them may speak
// to the terminal (SEC-29).
import type { Terminal } from './terminal.ts'

export type Row = Readonly<Record<string, string | number | boolean>>

/** Columns as wide as what is in them, under their names. `none`: what is said of no rows. */
export function sayRows(terminal: Terminal, rows: readonly Row[], none: string): void {
  const [first] = rows
  if (first === undefined) return terminal.say(none)
  const names = Object.keys(first)
  const lines = [names, ...rows.map((row) => names.map((name) => plain(String(row[name] ?? ''))))]
  const widths = names.map((_, at) => Math.max(...lines.map((line) => [...(line[at] ?? '')].length)))
  for (const line of lines) {
    const padded = line.map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - [...cell].length))
    terminal.say(padded.join('  ').trimEnd())
  }
}

/** A day, as everybody reads and sorts it. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** Bytes, as people read them. */
export function amount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  return `${Math.round((bytes / 1_000 ** step) * 10) / 10} ${units[step]}`
}

/** Without what moves a cursor, hides, or turns the direction of what follows. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
}

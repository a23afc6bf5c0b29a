// Numbers of a run: percentiles, and a table that can be read.

export function percentile(values: number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export interface Row {
  what: string
  relay: string
  palabre: string
  ratio: string
  target: string
  met: boolean | null
}

export function printTable(rows: Row[]): void {
  const head: Record<keyof Row, string> = {
    what: 'what',
    relay: 'bare relay',
    palabre: 'Palabre',
    ratio: 'ratio',
    target: 'target',
    met: 'met',
  }
  const lines = [
    Object.values(head),
    ...rows.map((row) => [
      row.what,
      row.relay,
      row.palabre,
      row.ratio,
      row.target,
      row.met === null ? '' : row.met ? 'yes' : 'NO',
    ]),
  ]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  for (const line of lines) console.log(line.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
}

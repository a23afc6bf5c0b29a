// A report's row as the port has it. Pure.
import type { ReportRow } from '../../port/reports.ts'

export function reportFrom(facts: string): ReportRow {
  return JSON.parse(facts) as ReportRow
}

// The dashboard and the alerts ask for what a server really says: each metric is in its /metrics, each label is one that
// the metric has, each value one that it can take, and each alert is explained to the operator.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errors, operations } from '@palabre/protocol'
import { createMetrics } from '../../packages/server/src/transport/metrics.ts'
import { at, listOf, mapOf, readYaml, wordOf } from '../kit/deploy/plain-yaml.ts'
import { readPromql } from '../kit/deploy/promql.ts'
import { root, startServer, type TestServer } from '../kit/server.ts'
import { http } from '../kit/wire.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Panel {
  type: string
  title: string
  description?: string
  gridPos: Record<'x' | 'y' | 'w' | 'h', number>
  targets?: { expr: string }[]
}
const { panels } = JSON.parse(read('deploy/grafana/palabre.json')) as { panels: Panel[] }
const graphs = panels.filter(({ type }) => type !== 'row')
/** What Grafana puts in before it asks. */
const asked = (expression: string) =>
  expression.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.+')
const shown = graphs.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ where: title, expression: asked(expr) })),
)

const [group] = listOf(at(readYaml(read('deploy/prometheus/alerts.yml')), 'groups'))
const rules = listOf(mapOf(group)['rules']).map((rule) => ({
  where: wordOf(at(rule, 'alert')),
  expression: wordOf(at(rule, 'expr')),
}))

/** What Prometheus adds to everything that it reads. */
const added = ['job', 'instance']
/** Names of values that a label can take, where they are known beforehand. */
const vocabularies: Readonly<Record<string, readonly string[]>> = {
  'palabre_operation_seconds operation': Object.keys(operations),
  'palabre_operation_seconds outcome': ['ok', ...Object.keys(errors)],
  'palabre_event_loop_delay_seconds quantile': ['0.5', '0.9', '0.99', '1'],
}

let server: TestServer
/** By name, as /metrics says them: histograms with the names of their parts. */
const labelsOf = new Map<string, readonly string[]>()

beforeAll(async () => {
  server = await startServer('sqlite')
  const { text } = await http('GET', `${server.url}/metrics`)
  const { registry, close } = createMetrics(() => 0)
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)) {
    // One that has said nothing yet does not say its labels: the server's own table does.
    const { labelNames = [] } = (registry.getSingleMetric(name) ?? {}) as { labelNames?: string[] }
    const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    for (const part of parts)
      labelsOf.set(name + part, [...added, ...labelNames, ...(part === '_bucket' ? ['le'] : [])])
  }
  close()
  labelsOf.set('up', added)
})
afterAll(() => server.stop())

const expectAskable = ({ expression }: { expression: string }) => {
  const { selectors, grouped } = readPromql(expression)
  expect(selectors.length).toBeGreaterThan(0)
  const known = new Set(selectors.flatMap(({ metric }) => labelsOf.get(metric) ?? []))
  for (const { metric, labels } of selectors) {
    expect([...labelsOf.keys()]).toContain(metric)
    for (const label of labels) expect(labelsOf.get(metric)).toContain(label)
  }
  for (const label of grouped) expect([...known]).toContain(label)
  for (const [, metric = '', matchers = ''] of expression.matchAll(/([\w:]+)\{([^}]*)\}/gu)) {
    for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/gu)) {
      const known = vocabularies[`${metric.replace(/_(bucket|sum|count)$/u, '')} ${label}`]
      if (known !== undefined) for (const value of values.split('|')) expect(known).toContain(value)
    }
  }
}

describe('the dashboard', () => {
  test.each(shown)('asks for what there is: $where', expectAskable)

  test('explains each graph, and no two lie upon each other', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(graphs.length).toBeGreaterThan(20)
    for (const { title, description = '' } of graphs) expect(`${title}: ${description}`).toMatch(/: .+\.$/u)
  })

  test('shows everything that a server measures', () => {
    const wanted = new Set(
      [...shown, ...rules].flatMap(({ expression }) =>
        readPromql(expression).selectors.map(({ metric }) => metric.replace(/_(bucket|sum|count)$/u, '')),
      ),
    )
    const measured = [...labelsOf.keys()].map((name) => name.replace(/_(bucket|sum|count)$/u, ''))
    expect([...new Set(measured)].filter((name) => !wanted.has(name))).toEqual([])
  })
})

describe('the alerts', () => {
  test.each(rules)('$where asks for what there is', expectAskable)

  test('are each explained to the operator', () => {
    const page = read('docs/operating.md')
    expect(rules.length).toBeGreaterThan(10)
    for (const { where } of rules) expect(page).toContain(`| \`${where}\` |`)
  })
})

test.each([
  'rate(palabre_media_up)',
  'sum(activeConnections[5m])',
  'sum by instance (activeConnections)',
  'activeConnections >',
  'rate(palabre_media_up[5m]',
  'histogram_quantile(activeConnections, 0.9)',
  'activeConnections{instance=one}',
  'median(activeConnections)',
  '0.5',
])('an expression that Prometheus would refuse is refused here: %s', (expression) => {
  expect(() => readPromql(expression)).toThrow()
})

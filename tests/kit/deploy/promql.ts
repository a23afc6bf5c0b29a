// Reads PromQL, as far as the dashboard and the alerts use it, and says what it asks for: which metrics, by which labels.
// Types are checked where Prometheus would refuse (a rate of no range, a sum of a range). What it does not know it
// refuses as well.
export interface Asked {
  /** Each metric with the labels of its matchers. */
  readonly selectors: { readonly metric: string; readonly labels: readonly string[] }[]
  /** Labels by which something is summed up or joined. */
  readonly grouped: readonly string[]
}

type Kind = 'scalar' | 'vector' | 'range'

const aggregators = new Set(['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'quantile'])
const functions: Readonly<Record<string, Kind[]>> = {
  rate: ['range'],
  irate: ['range'],
  increase: ['range'],
  changes: ['range'],
  max_over_time: ['range'],
  min_over_time: ['range'],
  avg_over_time: ['range'],
  histogram_quantile: ['scalar', 'vector'],
  clamp_min: ['vector', 'scalar'],
  absent: ['vector'],
}
/** From the loosest to the tightest. */
const operators = [['or'], ['and', 'unless'], ['==', '!=', '<=', '<', '>=', '>'], ['+', '-'], ['*', '/', '%']]
const token =
  /\s*("(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?(?:e\d+|ms|[smhdwy])?|[A-Za-z_:][\w:]*|=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}[\],])/uy

/** @throws Error with the place where it cannot be read on */
export function readPromql(expression: string): Asked {
  const tokens = tokensOf(expression)
  const selectors: Asked['selectors'] = []
  const grouped: string[] = []
  let at = 0

  const fail = (): never => {
    throw new Error(`${expression}\n  cannot be read at “${tokens.slice(at, at + 3).join(' ')}”`)
  }
  const peek = () => tokens[at] ?? ''
  const take = (wanted?: string): string => {
    if (at >= tokens.length || (wanted !== undefined && peek() !== wanted)) fail()
    return tokens[at++] ?? ''
  }

  function names(): string[] {
    const found: string[] = []
    take('(')
    while (peek() !== ')') {
      if (!/^[A-Za-z_]\w*$/u.test(peek())) fail()
      found.push(take())
      if (peek() !== ')') take(',')
    }
    take(')')
    return found
  }

  function grouping(): void {
    if (peek() !== 'by' && peek() !== 'without') return
    take()
    grouped.push(...names())
  }

  function binary(level: number): Kind {
    const wanted = operators[level]
    if (wanted === undefined) return unary()
    let kind = binary(level + 1)
    while (wanted.includes(peek())) {
      const operator = take()
      if (peek() === 'bool') take()
      if (peek() === 'on' || peek() === 'ignoring') {
        take()
        grouped.push(...names())
        if (peek() === 'group_left' || peek() === 'group_right') {
          take()
          if (peek() === '(') grouped.push(...names())
        }
      }
      const right = binary(level + 1)
      const isSet = ['or', 'and', 'unless'].includes(operator)
      if (kind === 'range' || right === 'range' || (isSet && (kind === 'scalar' || right === 'scalar')))
        fail()
      kind = kind === 'vector' || right === 'vector' ? 'vector' : 'scalar'
    }
    return kind
  }

  function unary(): Kind {
    if (peek() !== '-') return primary()
    take()
    return primary()
  }

  function primary(): Kind {
    const next = peek()
    if (next === '(') {
      take()
      const kind = binary(0)
      take(')')
      return kind
    }
    if (/^\d+(\.\d+)?(e\d+)?$/u.test(next)) {
      take()
      return 'scalar'
    }
    if (!/^[A-Za-z_:]/u.test(next)) return fail()
    take()
    if (aggregators.has(next)) return aggregation(next)
    const wanted = functions[next]
    return wanted === undefined ? selector(next) : call(wanted)
  }

  function aggregation(name: string): Kind {
    grouping()
    const wanted: Kind[] = ['topk', 'bottomk', 'quantile'].includes(name) ? ['scalar', 'vector'] : ['vector']
    call(wanted)
    grouping()
    return 'vector'
  }

  function call(wanted: Kind[]): Kind {
    take('(')
    wanted.forEach((kind, index) => {
      if (index > 0) take(',')
      if (binary(0) !== kind) fail()
    })
    take(')')
    return 'vector'
  }

  function selector(metric: string): Kind {
    const labels: string[] = []
    if (peek() === '{') {
      take()
      while (peek() !== '}') {
        labels.push(take())
        if (!['=', '!=', '=~', '!~'].includes(peek())) fail()
        take()
        if (!peek().startsWith('"')) fail()
        take()
        if (peek() !== '}') take(',')
      }
      take('}')
    }
    selectors.push({ metric, labels })
    if (peek() !== '[') return 'vector'
    take()
    if (!/^\d+(ms|[smhdwy])$/u.test(peek())) fail()
    take()
    take(']')
    return 'range'
  }

  const kind = binary(0)
  if (at < tokens.length || kind !== 'vector') fail()
  return { selectors, grouped }
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < expression.trimEnd().length) {
    const from = token.lastIndex
    const found = token.exec(expression)?.[1]
    if (found === undefined) throw new Error(`${expression}\n  has something unknown at ${from}`)
    tokens.push(found)
  }
  return tokens
}

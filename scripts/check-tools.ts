/** The checks that other programs do: the compiler, ESLint, Prettier, dependency-cruiser. */
import { spawn } from 'node:child_process'
import { isThere, root } from './tree.ts'

/** A package's types; Vue's compiler where there are components. */
export async function checkTypes(project: string): Promise<string[]> {
  const program = project === 'packages/web' ? 'vue-tsc/bin/vue-tsc.js' : 'typescript/bin/tsc'
  return problemsOf([program, '--noEmit', '--pretty', 'false', '-p', project])
}

/**
 * Each process reads the types of what it looks at: a part that shares no types with another is a process of its own.
 * `except`: what other parts look at.
 */
export async function checkLint(folders: string[], except: string[] = []): Promise<string[]> {
  const ignored = except.flatMap((pattern) => ['--ignore-pattern', pattern])
  return problemsOf(['eslint/bin/eslint.js', '--max-warnings', '0', ...ignored, ...folders])
}

export async function checkFormat(): Promise<string[]> {
  const files = ['packages', 'tests', 'bench', 'scripts', '*.{ts,js,cjs,json}', '.dependency-cruiser.cjs']
  return problemsOf([
    'prettier/bin/prettier.cjs',
    '--list-different',
    '--no-error-on-unmatched-pattern',
    ...files,
  ])
}

interface Cruise {
  summary: {
    totalCruised: number
    violations: {
      from: string
      to: string
      rule: { name: string; severity: string }
      cycle?: { name: string }[]
    }[]
  }
}

/** A cruise that read nothing finds nothing wrong, so reading (almost) nothing is wrong too. */
const fewestModules = 50

export async function checkWalls(): Promise<string[]> {
  const folders = ['packages', 'tests', 'bench', 'scripts'].filter(isThere)
  const program = 'dependency-cruiser/bin/dependency-cruise.mjs'
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders]
  const { output } = await runTool(args)
  const start = output.indexOf('{')
  if (start < 0) return [`dependency-cruiser answered nothing readable: ${output.slice(0, 500)}`]
  const { summary } = JSON.parse(output.slice(start)) as Cruise
  if (summary.totalCruised < fewestModules) return [`only ${summary.totalCruised} modules were read`]
  return summary.violations.map(({ from, to, rule, cycle }) => {
    const way = cycle === undefined ? to : cycle.map((step) => step.name).join(' → ')
    return `${rule.name}: ${from} → ${way}`
  })
}

async function problemsOf(args: string[]): Promise<string[]> {
  const { code, output } = await runTool(args)
  if (code === 0) return []
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 0 ? lines : [`${args[0]} ended with ${code}`]
}

/** Runs a program of node_modules in the root folder. */
function runTool([program = '', ...args]: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`node_modules/${program}`, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

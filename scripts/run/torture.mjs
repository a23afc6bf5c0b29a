/**
 * Breaks a built server, its links and its clients on purpose, and proves that nothing was lost, doubled or out of
 * order. What can be asked of it, and what it prints, is `tests/torture`.
 */
import { ensureServer } from './build.mjs'
import { tsx } from './process.mjs'

export async function torture(args) {
  // `--help` only lists the options: nobody should wait for a build for that.
  const isHelp = args.includes('--help') || args.includes('-h')
  if (!isHelp) await ensureServer()
  return tsx('tests/torture/main.ts', args, { env: { ...process.env, PALABRE_BUILT: '1' } })
}

/**
 * Breaks built servers, their links and their clients on purpose, and proves that nothing was lost, doubled or out of
 * order. What can be asked of it, and what it prints, is `tests/torture`.
 */
import { provideMongo } from '../../tests/kit/mongo/provide.mjs'
import { ensureServer } from './build.mjs'
import { fail, tsx } from './process.mjs'

export async function torture(args) {
  const env = { ...process.env, PALABRE_BUILT: '1' }
  const start = () => tsx('tests/torture/main.ts', args, { env })
  // `--help` only lists the options: nobody should wait for a build for that.
  if (args.includes('--help') || args.includes('-h')) return start()
  await ensureServer()
  if (!/--store[ =]mongo|--nodes[ =][2-9]/.test(args.join(' '))) return start()
  const mongo = await provideMongo()
  if (mongo.url === undefined) fail(`There is no MongoDB to break: ${mongo.reason}.`)
  env.MONGODB_URL = mongo.url
  try {
    return await start()
  } finally {
    await mongo.stop()
  }
}

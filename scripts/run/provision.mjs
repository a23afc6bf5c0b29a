/**
 * Gets the programs that the tests need beside Node: redis-server, the proxies and Chromium. As root on Debian it
 * installs what is absent; elsewhere it says the exact command.
 */
import { existsSync } from 'node:fs'
import { fail, onPath, run, say, seconds } from './process.mjs'

const programs = [
  {
    name: 'chromium',
    isThere: () =>
      (process.env.CHROMIUM_PATH ?? onPath('chromium', 'chromium-browser', 'google-chrome')) !== undefined,
  },
  {
    name: 'redis-server',
    isThere: () => (process.env.REDIS_URL ?? onPath('redis-server', 'valkey-server')) !== undefined,
  },
  // Debian keeps it where only root's PATH leads.
  {
    name: 'haproxy',
    isThere: () => onPath('haproxy') !== undefined || existsSync('/usr/sbin/haproxy'),
  },
  {
    name: 'nginx-light',
    isThere: () => onPath('nginx') !== undefined || existsSync('/usr/sbin/nginx'),
  },
  { name: 'caddy', isThere: () => onPath('caddy') !== undefined },
]

/** Halves the time of the journeys: a Chromium without its own windows. Where there is none, the other one does. */
const shell = {
  name: 'chromium-headless-shell',
  isThere: () => (process.env.CHROMIUM_PATH ?? onPath('chromium-headless-shell')) !== undefined,
}

export async function provision() {
  const absent = programs.filter((program) => !program.isThere()).map((program) => program.name)
  const isDebianRoot = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (absent.length === 0 && (shell.isThere() || !isDebianRoot)) return
  const names = absent.join(' ')
  if (!isDebianRoot) {
    fail(
      `The tests need ${absent.join(' and ')}: sudo apt-get install -y --no-install-recommends ${names} ` +
        `(or set CHROMIUM_PATH, REDIS_URL; PALABRE_UNIT_ONLY=1 runs only what needs neither).`,
    )
  }
  const begun = Date.now()
  if (absent.length > 0) say(`installing ${names} through apt-get`)
  // RUNLEVEL=1: the tests start their own; the system's are not to be started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const update = await run('apt-get', ['update', '-qq'], { env })
  const installs = (wanted) =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wanted], { env })
  const install = absent.length === 0 ? 0 : await installs(absent)
  const stillAbsent = programs.filter((program) => !program.isThere())
  if (stillAbsent.length > 0) {
    fail(
      `apt-get could not install ${names} (update ${update}, install ${install}); its own words are above.`,
    )
  }
  if (absent.length > 0) say(`${names} installed in ${seconds(begun)}`)
  if (shell.isThere()) return
  say(`installing ${shell.name} through apt-get, to be quicker`)
  if ((await installs([shell.name])) !== 0) say('there is none: the journeys take chromium, and longer')
}

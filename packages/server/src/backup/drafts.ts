// Files that are not finished yet. Their names carry the process that writes them: what a killed one left behind is
// removed by the next that writes beside it. A finished file takes its own name in one step.
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const suffix = 'partial'

export interface Draft {
  /** A folder of its own, for its owner only. */
  readonly dir: string
  /** Gives a file in it its name, durably. */
  finish(file: string, as: string): void
  /** Removes what is left. May be called twice. */
  discard(): void
}

/** A draft beside `target`, on the same disk. */
export function openDraft(target: string): Draft {
  const [folder, name] = [dirname(target), basename(target)]
  removeAbandoned(folder, name)
  const dir = join(folder, `${name}.${process.pid}.${suffix}`)
  mkdirSync(dir, { mode: 0o700 })
  return {
    dir,
    finish(file, as) {
      renameSync(file, as)
      sync(dirname(as))
    },
    discard() {
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** What is written is on the disk. */
function sync(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

function removeAbandoned(folder: string, name: string): void {
  for (const found of readdirSync(folder)) {
    if (!found.startsWith(`${name}.`) || !found.endsWith(`.${suffix}`)) continue
    const pid = Number(found.slice(name.length + 1, -suffix.length - 1))
    if (Number.isInteger(pid) && pid > 0 && !(pid !== process.pid && isRunning(pid)))
      rmSync(join(folder, found), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Someone else's process is one too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

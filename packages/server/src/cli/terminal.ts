// How the operator's commands speak: sentences, progress that does not fill the screen, and Ctrl-C that tidies up.
// What is wrong goes to standard error. Where a backup goes to standard output, everything else does too.
import { constants, setPriority } from 'node:os'
import { errorText } from './errors.ts'

/** What a command ends with. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const

export interface Terminal {
  say(sentence: string): void
  complain(sentence: string): void
  /** Overwrites itself on a screen; elsewhere it is silent. */
  progress(what: string, done: number, total: number): void
  /** The same where nobody knows how many there are. */
  count(what: string, done: number): void
}

export function createTerminal(isOutputTaken: boolean): Terminal {
  const screen = process.stderr
  let shown = ''

  function clear(): void {
    if (shown !== '') screen.write(`\r${' '.repeat(shown.length)}\r`)
    shown = ''
  }

  function show(next: string): void {
    if (!screen.isTTY || next === shown) return
    clear()
    shown = next
    screen.write(next)
  }

  return {
    say(sentence) {
      clear()
      ;(isOutputTaken ? process.stderr : process.stdout).write(`${sentence}\n`)
    },
    complain(sentence) {
      clear()
      process.stderr.write(`${sentence}\n`)
    },
    progress(what, done, total) {
      show(`${what}: ${total === 0 ? 100 : Math.floor((done / total) * 100)} %`)
    },
    count(what, done) {
      show(`${what}: ${done}`)
    },
  }
}

/** For what takes long beside a server: people go first. */
export function stepBack(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // Where this is not for us to say, it goes on as it is.
  }
}

/**
 * Runs a command that Ctrl-C stops in order. Answers its exit code: 130 or 143 when it was stopped, 1 with one
 * sentence when it failed. `stopped`: what is said then.
 */
export async function cancellable(
  terminal: Terminal,
  run: (signal: AbortSignal) => Promise<number>,
  stopped = 'Stopped. Nothing was changed.',
): Promise<number> {
  const controller = new AbortController()
  let stoppedBy = 0
  const stop = (by: number) => () => {
    // A terminal and a starter script may both pass the same signal on.
    stoppedBy ||= by
    controller.abort()
  }
  const handlers = { SIGINT: stop(130), SIGTERM: stop(143), SIGHUP: stop(129) } as const
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler)
  try {
    return await run(controller.signal)
  } catch (error) {
    if (stoppedBy !== 0) {
      terminal.complain(stopped)
      return stoppedBy
    }
    terminal.complain(errorText(error))
    return exitCodes.failed
  } finally {
    for (const [name, handler] of Object.entries(handlers)) process.off(name, handler)
  }
}

// What a command of `palabre` is.
import type { Environment } from './wiring.ts'

export interface Call {
  /** FILE as it was given; empty where the command takes none. */
  file: string
  /** What else was typed, where the command takes more than one word. */
  words: readonly string[]
  options: Readonly<Record<string, boolean | string | undefined>>
  env: Environment
}

export interface Command {
  /** As one types it, after `palabre`. One that names FILE needs it. */
  usage: string
  about: string
  /** How many words it takes instead of FILE. */
  words?: { min: number; max: number }
  options: Readonly<Record<string, { type: 'boolean' | 'string' }>>
  /** Answers the exit code. */
  run(call: Call): Promise<number>
}

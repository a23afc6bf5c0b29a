// Starts what is measured, pinned to one core, and reads what it cost from the operating system.
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Core of the server; the generator runs on the other (see run.ts). */
const serverCore = '0'
const ticksPerSecond = 100

export interface Measured {
  url: string
  /** CPU of all threads since the start, in milliseconds. */
  cpuMs(): number
  /** Resident memory in bytes. */
  memory(): number
  stop(): Promise<void>
  /** At once, without a word. */
  kill(): Promise<void>
}

/**
 * Starts a Node program that listens on `port` of loopback, and waits until it answers HTTP. `cores`: all that it may
 * use, where what it does is not measured.
 */
export async function start(
  args: string[],
  port: number,
  env: Record<string, string>,
  cores: string = serverCore,
): Promise<Measured> {
  const child = spawn('taskset', ['-c', cores, process.execPath, ...args], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  await answers(url, child)
  const pid = child.pid
  if (pid === undefined) throw new Error('the server did not start')
  return {
    url,
    cpuMs: () => cpuMs(pid),
    memory: () => memory(pid),
    stop: () => stop(child),
    kill: () => kill(child),
  }
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    try {
      await fetch(`${url}/healthz`)
      return
    } catch {
      await wait(100)
    }
  }
  throw new Error(`nothing answers at ${url}`)
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond
}

function memory(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1] ?? 0) * 1_024
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

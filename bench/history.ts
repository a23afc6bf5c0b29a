// History over HTTP: one keep-alive connection, one request after the other, warmed up.
import { Agent, get } from 'node:http'
import { percentile } from './figures.ts'

export interface HistoryResult {
  p50: number
  p99: number
}

export async function history(
  url: string,
  token: string,
  path: string,
  requests: number,
): Promise<HistoryResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times: number[] = []
  const warmUp = Math.ceil(requests / 4)
  for (let index = 0; index < requests + warmUp; index++) {
    const started = performance.now()
    await fetchOnce(agent, `${url}/api/v1${path}`, token)
    if (index >= warmUp) times.push(performance.now() - started)
  }
  agent.destroy()
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

function fetchOnce(agent: Agent, url: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`history answered ${response.statusCode}`))
      response.resume()
      response.once('end', resolve)
    }).once('error', reject)
  })
}

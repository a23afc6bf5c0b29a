// How many messages devices have reported as mended, by the servers' own count. In a test that damages nothing it
// stays where it is: a device that mends itself would otherwise hide the defect that made it necessary.

interface Counted {
  readonly url: string
  /** Behind a balancer: each counts for itself. */
  readonly nodes?: readonly { readonly url: string }[]
}

/** Since the servers started; 0 where the test does not let its metrics be read. */
export async function repairsOf({ url, nodes = [{ url }] }: Counted): Promise<number> {
  const counts = await Promise.all(nodes.map((node) => countOf(node.url)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function countOf(url: string): Promise<number> {
  // A node that a test has taken away counts nothing.
  const answer = await fetch(`${url}/metrics`).catch(() => null)
  const metrics = answer?.ok === true ? await answer.text() : ''
  return Number(/^palabre_history_repaired_total (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

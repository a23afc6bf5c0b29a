// How many messages devices have reported as mended, by the server's own count. In a test that damages nothing it
// stays where it is: a device that mends itself would otherwise hide the defect that made it necessary.

/** Since the server started; 0 where the test does not let its metrics be read. */
export async function repairsOf({ url }: { readonly url: string }): Promise<number> {
  const answer = await fetch(`${url}/metrics`)
  const metrics = answer.ok ? await answer.text() : ''
  return Number(/^palabre_history_repaired_total (\d+)$/m.exec(metrics)?.[1] ?? 0)
}

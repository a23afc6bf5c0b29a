// Whether somebody has proved lately, on this device, that they are who they are (ACC-3). Kept with the session in the
// store, and read from there each time: what is sensitive is rare, and other nodes must know too.
import { PalabreError, limits, type SessionId } from '@palabre/protocol'
import type { Services } from './context.ts'

/** @throws PROOF_REQUIRED */
export async function needProof(
  { store, now }: Pick<Services, 'store' | 'now'>,
  sessionId: SessionId,
): Promise<void> {
  const row = await store.sessions.byId(sessionId)
  if (row === null) throw new PalabreError('SESSION_ENDED')
  if (now() - row.provedAt > limits.proofMs) throw new PalabreError('PROOF_REQUIRED')
}

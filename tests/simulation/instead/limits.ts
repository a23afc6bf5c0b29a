// In the place of the protocol's limits.ts: the same, but for the sizes that a small history would never reach. So windows
// end, catching up starts over, and answers come in parts, with a dozen messages instead of hundreds.
import { limits as real } from '../../../packages/protocol/src/limits.ts'

export const limits = {
  ...real,
  page: 12,
  pageDefault: 5,
  syncBehind: 6,
  syncWindow: 5,
  syncConversations: 2,
  membersInline: 2,
  digestBlock: 4,
}

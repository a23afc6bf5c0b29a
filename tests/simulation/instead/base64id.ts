// In the place of base64id, which keeps a supply of chance from one history to the next.
import { randomBytes } from './crypto.ts'

export default { generateId: () => randomBytes(15).toString('base64url') }

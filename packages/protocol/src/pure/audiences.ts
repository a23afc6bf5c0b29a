// What a person decides about others, and for whom it may be (PRIV-1). Words without schemas.

/** What one decides about; each is an entry of its own, so that two devices never undo each other. */
export const privacyMatters = ['lastSeen', 'photo', 'about', 'receipts', 'write', 'add'] as const
export type PrivacyMatter = (typeof privacyMatters)[number]
export const audiences = ['everyone', 'contacts', 'nobody'] as const
export type Audience = (typeof audiences)[number]

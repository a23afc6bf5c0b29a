// The table of error codes: what HTTP says, and whether trying again can help.
// A code is stable for ever; its sentence lives in `locales/`. Unknown and forbidden look the same (SEC-9).

/**
 * `never`: the same request will be refused again (the outbox marks the entry failed, OUT-3);
 * `later`: a passing trouble, back off; `after`: wait `retryAfterMs`; `renew`: get a new access token first.
 */
export type Retry = 'never' | 'later' | 'after' | 'renew'
export interface ErrorRule {
  readonly status: number
  readonly retry: Retry
}

export const errors = {
  INVALID: { status: 400, retry: 'never' },
  NOT_FOUND: { status: 404, retry: 'never' },
  METHOD_NOT_ALLOWED: { status: 405, retry: 'never' },
  PACKET_TOO_LARGE: { status: 413, retry: 'never' },
  ORIGIN_FORBIDDEN: { status: 403, retry: 'never' },
  RATE_LIMITED: { status: 429, retry: 'after' },
  INTERNAL: { status: 500, retry: 'later' },
  STORE_UNAVAILABLE: { status: 503, retry: 'later' },
  SERVER_DRAINING: { status: 503, retry: 'later' },

  TOKEN_REQUIRED: { status: 401, retry: 'renew' },
  TOKEN_INVALID: { status: 401, retry: 'renew' },
  TOKEN_EXPIRED: { status: 401, retry: 'renew' },
  REFRESH_INVALID: { status: 401, retry: 'never' },
  REFRESH_REUSED: { status: 401, retry: 'never' },
  SESSION_ENDED: { status: 401, retry: 'never' },
  SESSION_UNKNOWN: { status: 401, retry: 'never' },
  SLOW_CONSUMER: { status: 503, retry: 'later' },

  CREDENTIALS_WRONG: { status: 401, retry: 'never' },
  /** The account is to be deleted; `details.eraseAt`. Signing in with `stay` keeps it. */
  ACCOUNT_LEAVING: { status: 409, retry: 'never' },
  /** Right password, and an operator has put the account out. */
  ACCOUNT_SUSPENDED: { status: 403, retry: 'never' },
  USERNAME_TAKEN: { status: 409, retry: 'never' },
  USERNAME_RESERVED: { status: 422, retry: 'never' },
  PASSWORD_WEAK: { status: 422, retry: 'never' },
  REGISTRATION_CLOSED: { status: 403, retry: 'never' },
  INVITE_REQUIRED: { status: 403, retry: 'never' },
  /** The password was right; `details.factors` says what else is asked for. */
  FACTOR_REQUIRED: { status: 401, retry: 'never' },
  FACTOR_WRONG: { status: 401, retry: 'never' },
  OPERATOR_FACTOR_REQUIRED: { status: 409, retry: 'never' },
  /** The server does not know its own address, which passkeys need. */
  PASSKEYS_OFF: { status: 409, retry: 'never' },
  PASSKEYS_FULL: { status: 409, retry: 'never' },
  PASSKEY_REFUSED: { status: 401, retry: 'never' },
  PASSKEY_NOT_FOUND: { status: 404, retry: 'never' },
  INVITE_NOT_FOUND: { status: 404, retry: 'never' },
  /** A wrong, used, late or unknown code, or nobody of that name: they look the same. */
  RESET_REFUSED: { status: 403, retry: 'never' },
  /** One's own, said once more; nobody is signed out for it. */
  PASSWORD_WRONG: { status: 403, retry: 'never' },
  /** What was asked is sensitive: prove who you are, then ask again (ACC-3). */
  PROOF_REQUIRED: { status: 403, retry: 'never' },
  /** The last operator stays one. */
  OPERATOR_REQUIRED: { status: 409, retry: 'never' },

  USER_NOT_FOUND: { status: 404, retry: 'never' },
  /** Whoever is blocked, closed, suspended or gone: they look the same (BLK-1). */
  RECIPIENT_UNAVAILABLE: { status: 403, retry: 'never' },
  /** Until somebody answers who was written to for the first time, there is only text, and not much of it (REQ-2). */
  REQUEST_PENDING: { status: 403, retry: 'never' },
  SESSION_NOT_FOUND: { status: 404, retry: 'never' },
  MEMBER_REQUIRED: { status: 404, retry: 'never' },
  MEMBER_NOT_FOUND: { status: 404, retry: 'never' },
  ROLE_REQUIRED: { status: 403, retry: 'never' },
  /** Unknown, used up, expired or taken away: they look the same (SEC-30). */
  LINK_INVALID: { status: 404, retry: 'never' },
  /** Of a group where only admins send. */
  SENDING_RESTRICTED: { status: 403, retry: 'never' },
  OWNER_REQUIRED: { status: 409, retry: 'never' },
  GROUP_REQUIRED: { status: 409, retry: 'never' },
  GROUP_FULL: { status: 409, retry: 'never' },
  /** A group is deleted for oneself only after leaving it. */
  LEAVE_REQUIRED: { status: 409, retry: 'never' },

  PUSH_SERVICE_UNKNOWN: { status: 400, retry: 'never' },
  PUSH_NOT_SUBSCRIBED: { status: 409, retry: 'never' },

  MESSAGE_NOT_FOUND: { status: 404, retry: 'never' },
  MESSAGE_ID_CONFLICT: { status: 409, retry: 'never' },
  MESSAGE_CHANGED: { status: 409, retry: 'never' },
  MESSAGE_DELETED: { status: 409, retry: 'never' },
  MESSAGE_FIXED: { status: 409, retry: 'never' },
  MESSAGE_AUTHOR_REQUIRED: { status: 403, retry: 'never' },
  MESSAGE_CHANGES_EXHAUSTED: { status: 409, retry: 'never' },
  EDIT_WINDOW_CLOSED: { status: 409, retry: 'never' },
  DELETE_WINDOW_CLOSED: { status: 409, retry: 'never' },
  REACTIONS_FULL: { status: 409, retry: 'never' },
  SCHEDULE_FULL: { status: 409, retry: 'never' },
  POLL_CLOSED: { status: 409, retry: 'never' },
  /** No such upload, not one's own, or gone: they look the same. */
  UPLOAD_NOT_FOUND: { status: 404, retry: 'never' },
  /** Bytes are missing, or are still being looked at. */
  UPLOAD_UNFINISHED: { status: 409, retry: 'later' },
  /** It was begun with another length, purpose or owner. */
  UPLOAD_ID_CONFLICT: { status: 409, retry: 'never' },
  UPLOAD_TOO_LARGE: { status: 413, retry: 'never' },
  UPLOADS_TOO_MANY: { status: 429, retry: 'later' },
  QUOTA_EXCEEDED: { status: 413, retry: 'never' },
  /** Of the disk: no place for anybody. */
  STORAGE_FULL: { status: 507, retry: 'later' },
  /** One's data are being made up already: one at a time. */
  EXPORT_RUNNING: { status: 409, retry: 'later' },
  /** The content is not what it was to be. */
  MEDIA_TYPE_WRONG: { status: 415, retry: 'never' },
  /** Too many pixels, or a picture that cannot be read. */
  MEDIA_UNREADABLE: { status: 422, retry: 'never' },
  /** Whoever runs the server has removed these bytes, for good (REP-6). */
  MEDIA_REMOVED: { status: 410, retry: 'never' },
  /** Only on the client: the message that this edit waits behind was refused (OUT-3). */
  PARENT_FAILED: { status: 409, retry: 'never' },
} as const satisfies Record<string, ErrorRule>

export type ErrorCode = keyof typeof errors

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errors, value)
}

/** What an error looks like on the wire; HTTP adds the fields of RFC 9457. */
export interface WireError {
  code: ErrorCode
  message: string
  details?: Record<string, unknown>
  retryAfterMs?: number
}

/** The one error class. `details` are for the client and hold nothing internal. */
export class PalabreError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    options: { details?: Record<string, unknown>; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(code, { cause: options.cause })
    this.name = 'PalabreError'
    this.code = code
    this.details = options.details
    this.retryAfterMs = options.retryAfterMs
  }

  get retry(): Retry {
    return errors[this.code].retry
  }
}

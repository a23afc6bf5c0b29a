// What each error says in English: what happened, then what to do. A missing sentence does not compile.
import type { ErrorCode } from '../errors.ts'

export const en = {
  INVALID: 'The server did not understand this. Check what you entered.',
  NOT_FOUND: 'There is nothing here.',
  METHOD_NOT_ALLOWED: 'This address cannot be used in this way.',
  PACKET_TOO_LARGE: 'This is too large to send at once. Make it shorter.',
  ORIGIN_FORBIDDEN: 'This page may not use this server. Open the app at its own address.',
  RATE_LIMITED: 'Too many tries. Wait a moment, then try again.',
  INTERNAL: 'Something went wrong on the server. Try again in a moment.',
  STORE_UNAVAILABLE: 'The server cannot save anything right now. Try again in a moment.',
  SERVER_DRAINING: 'The server is restarting. You’ll be back in a moment.',

  TOKEN_REQUIRED: 'Sign in to continue.',
  TOKEN_INVALID: 'Your sign-in is no longer valid. Sign in to continue.',
  TOKEN_EXPIRED: 'Your sign-in has run out. It is being renewed.',
  REFRESH_INVALID: 'Your sign-in is no longer valid. Sign in to continue.',
  REFRESH_REUSED: 'This device was signed out to keep your account safe. Sign in to continue.',
  SESSION_ENDED: 'This device was signed out. Sign in to continue.',
  SESSION_UNKNOWN:
    'The server does not know this device any more. Sign in to continue; nothing you wrote is lost.',
  SLOW_CONSUMER: 'The connection was too slow. It is being set up again.',

  CREDENTIALS_WRONG: 'Wrong username or password. Check Caps Lock.',
  USERNAME_TAKEN: 'This username is taken, or looks too much like another one. Choose a different one.',
  USERNAME_RESERVED: 'This username is reserved. Choose a different one.',
  PASSWORD_WEAK: 'This password is too easy to guess. Choose a longer one, such as a phrase.',
  REGISTRATION_CLOSED: 'This server does not take new accounts. Ask whoever runs it.',
  INVITE_REQUIRED: 'This server needs a valid invite code. Ask whoever runs it for one.',

  USER_NOT_FOUND: 'This person could not be found.',
  SESSION_NOT_FOUND: 'This device is already signed out.',
  MEMBER_REQUIRED: 'This chat does not exist, or you are not in it.',
  MEMBER_NOT_FOUND: 'This person is not in the group.',
  ROLE_REQUIRED: 'Only admins can do this.',
  OWNER_REQUIRED: 'A group needs an owner. Hand it over to someone first.',
  GROUP_REQUIRED: 'This only works in groups.',
  GROUP_FULL: 'This group is full.',

  MESSAGE_NOT_FOUND: 'This message could not be found.',
  MESSAGE_ID_CONFLICT: 'This message could not be sent. Send it again as a new one.',
  MESSAGE_CHANGED: 'This message has changed meanwhile. Look at it again before you change it.',
  MESSAGE_DELETED: 'This message has been deleted.',
  MESSAGE_FIXED: 'This message cannot be changed.',
  MESSAGE_AUTHOR_REQUIRED: 'You can only change your own messages.',
  MESSAGE_CHANGES_EXHAUSTED: 'This message has been changed too often. Send a new one.',
  EDIT_WINDOW_CLOSED: 'A message can be edited for 15 minutes. Send a new one.',
  DELETE_WINDOW_CLOSED: 'A message can be deleted for everyone for 60 hours.',
  REACTIONS_FULL: 'This message has all the different reactions it can hold. Pick one that is there.',
  PARENT_FAILED: 'The message this belongs to was not sent.',
} as const satisfies Record<ErrorCode, string>

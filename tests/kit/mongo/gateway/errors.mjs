// The engine's errors as MongoDB's: SQLSTATE → code, and the message as it is.
import { engineErrors, nameOf } from './error-codes.mjs'

/** An error as a driver expects it, in `reply`. */
export class MongoError extends Error {
  constructor(code, message, extra = {}) {
    super(message)
    this.reply = { ok: 0, errmsg: message, code, codeName: nameOf(code), ...extra }
  }
}

const codesOfStates = {
  23505: 11000,
  '23P01': 11000,
  40001: 112,
  '40P01': 112,
  '55P03': 24,
  57014: 50,
  '42P01': 26,
  '0A000': 115,
  42501: 13,
  53100: 14031,
  '57P01': 91,
  '57P02': 91,
  '57P03': 91,
  '22P02': 2,
  22023: 2,
  22016: 2,
}

/** [MongoDB's code, message] of a SQLSTATE. */
export function fromState(state, message) {
  if (/^M[0-9A-Z]{4}$/.test(state)) return [engineErrors[parseInt(state.slice(1), 36)]?.[0] ?? 1, message]
  if (state === '57014') return [50, 'operation exceeded time limit']
  if (state === '54000') return [/index row size/.test(message) ? 201 : 1, message]
  return [codesOfStates[state] ?? 1, message]
}

/** The same of a SQLSTATE that PostgreSQL has packed into a number: five characters of 6 bits. */
export function fromPacked(number, message) {
  let state = ''
  for (let i = 0; i < 5; i++, number >>= 6) state += String.fromCharCode((number & 0x3f) + 48)
  return fromState(state, message)
}

/** A lost race that undid the whole statement. */
export function isLostRace(error) {
  return ['40001', '40P01', '55P03'].includes(error.code)
}

// A password as it is said: any characters, kept to the letter. What is too weak is the server's to judge.
import { z } from 'zod'
import { limits } from '../limits.ts'

const utf8Length = (value: string) => new TextEncoder().encode(value).length

/** Its length in bytes is bounded before it is hashed. */
export const Password = z
  .string()
  .max(limits.passwordBytes)
  .refine((value) => utf8Length(value) <= limits.passwordBytes)

export const NewPassword = Password.refine((value) => [...value].length >= limits.passwordMin)

// What people write, at the door: names in one form (NFC) and without what deceives the eye (SEC-34);
// message bodies as they are, but without lone surrogates, which no store round-trips.
import { z } from 'zod'

// C0 and C1 controls, bidi controls, zero-width characters (ZWJ is looked at apart), tags, BOM.
const deceiving =
  /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/u
const joinerOutsideEmoji =
  /(?<![\p{Extended_Pictographic}\uFE0F\u{1F3FB}-\u{1F3FF}])\u200D|\u200D(?!\p{Extended_Pictographic})/u
const tower = /\p{M}{5,}/u
const loneSurrogate = /\p{Surrogate}/u

/** A name or title: 1 to `max` characters, NFC, trimmed, nothing invisible, no towers of marks. */
export function name(max: number) {
  return z
    .string()
    .max(max * 4)
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .min(1)
        .max(max)
        .refine((value) => isPlain(value), { message: 'holds characters that cannot be seen' }),
    )
}

/** Like `name`, but may be empty and may hold line breaks. */
export function prose(max: number) {
  return z
    .string()
    .max(max * 4)
    .transform((value) => value.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .max(max)
        .refine((value) => isPlain(value.replaceAll('\n', ' ')), {
          message: 'holds characters that cannot be seen',
        }),
    )
}

function isPlain(value: string): boolean {
  return (
    !deceiving.test(value) &&
    !joinerOutsideEmoji.test(value) &&
    !tower.test(value) &&
    !loneSurrogate.test(value)
  )
}

/** A caption or label: like a message's text, but it may be empty or blank. */
export function captionText(max: number) {
  return z
    .string()
    .max(max)
    .refine((value) => !value.includes('\u0000') && !loneSurrogate.test(value), {
      message: 'is not valid text',
    })
}

/** A message's text: kept to the letter; not empty or blank, no NUL, no lone surrogate. */
export function messageText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => value.trim() !== '' && !value.includes('\u0000') && !loneSurrogate.test(value), {
      message: 'is blank or not valid text',
    })
}

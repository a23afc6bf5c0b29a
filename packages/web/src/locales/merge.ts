// Puts the words of each feature under the name of its folder, and the protocol's sentences for its errors beside them:
// one language is loaded, so theirs come with it and not with the engine.
import type { ErrorCode } from '@palabre/protocol'

/** Where the sentences for error codes are among the words. */
export const sentencesKey = 'sentences'

/** `../features/messages/locales/en.json` goes under `messages`. */
export function mergeFeatures(
  own: object,
  features: Record<string, object>,
  sentences: Record<ErrorCode, string>,
): Record<string, never> {
  const merged: Record<string, unknown> = { ...own, [sentencesKey]: sentences }
  for (const [path, words] of Object.entries(features)) {
    const name = /\/features\/([^/]+)\//.exec(path)?.[1]
    if (name !== undefined) merged[name] = words
  }
  // vue-i18n types its messages as a tree of strings; ours come from JSON, whose shape the locale test checks.
  return merged as Record<string, never>
}

// Puts the words of each feature under the name of its folder.

/** `../features/messages/locales/en.json` goes under `messages`. */
export function mergeFeatures(own: object, features: Record<string, object>): Record<string, never> {
  const merged: Record<string, unknown> = { ...own }
  for (const [path, words] of Object.entries(features)) {
    const name = /\/features\/([^/]+)\//.exec(path)?.[1]
    if (name !== undefined) merged[name] = words
  }
  // vue-i18n types its messages as a tree of strings; ours come from JSON, whose shape the locale test checks.
  return merged as Record<string, never>
}

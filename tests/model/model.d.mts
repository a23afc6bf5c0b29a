/** The types of `model.mjs`, as far as its test needs them. */

export interface Violation {
  kind: string
  message: string
}

/** One line for each rule that can be switched off. */
export const RULES: Record<string, string>

/** Plays one seeded history; `off` names rules to do without. */
export function history(
  seed: number,
  options?: { off?: string[]; variant?: 'A' | 'B'; mode?: 'R' | 'P' | 'L' },
): { v?: Violation }

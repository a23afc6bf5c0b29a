// The sections of the console, in the order of their tabs.
export const consoleSections = ['people', 'reports', 'groups', 'storage', 'health', 'record'] as const
export type ConsoleSection = (typeof consoleSections)[number]

export function isConsoleSection(value: string): value is ConsoleSection {
  return (consoleSections as readonly string[]).includes(value)
}

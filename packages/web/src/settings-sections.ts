// The sections of the settings, in the order of their menu.
export const settingsSections = [
  'profile',
  'appearance',
  'language',
  'notifications',
  'privacy',
  'app',
  'devices',
  'data',
  'security',
  'invites',
  'shortcuts',
] as const
/** Those whose words come with their feature. */
export const accountSections: readonly string[] = ['security', 'invites']
/** Those that only operators have. */
export const operatorSections: readonly string[] = ['invites']
export type SettingsSection = (typeof settingsSections)[number]

export function isSettingsSection(value: string): value is SettingsSection {
  return (settingsSections as readonly string[]).includes(value)
}

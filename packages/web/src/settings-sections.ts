// The sections of the settings, in the order of their menu.
export const settingsSections = [
  'profile',
  'appearance',
  'language',
  'notifications',
  'app',
  'devices',
  'data',
  'shortcuts',
] as const
export type SettingsSection = (typeof settingsSections)[number]

export function isSettingsSection(value: string): value is SettingsSection {
  return (settingsSections as readonly string[]).includes(value)
}

// What is wrong with a registration before it is sent, by the protocol's own schemas: one key of words a field.
import { DisplayName, limits, Password, Username } from '@palabre/protocol'

export interface Registration {
  displayName: string
  username: string
  password: string
}
export type RegistrationField = keyof Registration

/** Keys below `auth.wrong`; a field that is right is absent. */
export function checkRegistration(input: Registration): Partial<Record<RegistrationField, string>> {
  const wrong: Partial<Record<RegistrationField, string>> = {}
  const nameKey = checkName(input.displayName)
  const usernameKey = checkUsername(cleanUsername(input.username))
  const passwordKey = checkPassword(input.password)
  if (nameKey !== null) wrong.displayName = nameKey
  if (usernameKey !== null) wrong.username = usernameKey
  if (passwordKey !== null) wrong.password = passwordKey
  return wrong
}

/** As it will be stored: lower case, no spaces around. */
export function cleanUsername(username: string): string {
  return username.trim().toLowerCase()
}

function checkName(name: string): string | null {
  if (name.trim() === '') return 'nameMissing'
  return DisplayName.safeParse(name).success ? null : 'nameHidden'
}

function checkUsername(username: string): string | null {
  if (username === '') return 'usernameMissing'
  if (username.length < limits.usernameMin) return 'usernameShort'
  if (username.length > limits.usernameMax) return 'usernameLong'
  return Username.safeParse(username).success ? null : 'usernameLetters'
}

function checkPassword(password: string): string | null {
  if ([...password].length < limits.passwordMin) return 'passwordShort'
  return Password.safeParse(password).success ? null : 'passwordLong'
}

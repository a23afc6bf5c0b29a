/** Every package has a licence that this one can be given away with. A new licence is a decision, and is made here. */
import { installed, type Installed } from './packages.ts'

/** They ask for a notice, no more. */
const free = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])
/** They ask for more, of these: what is asked for is done by using them unchanged and beside our own. */
const listed: Readonly<Record<string, RegExp>> = {
  // Its own files stay open.
  'MPL-2.0': /^(web-push|axe-core|@axe-core\/playwright|lightningcss(-.+)?)$/u,
  // A font, not sold by itself.
  'OFL-1.1': /^@fontsource-variable\//u,
  // A library that is linked, in a package of its own that anybody can replace.
  'LGPL-3.0-or-later': /^@img\/sharp-/u,
}

export function checkLicences(): string[] {
  return problemsOf(installed())
}

export function problemsOf(packages: readonly Pick<Installed, 'name' | 'version' | 'licence'>[]): string[] {
  return packages.flatMap(({ name, version, licence }) => {
    if (licence === '') return [`${name} ${version} says no licence: read it, and say it in packages.ts`]
    return isAllowed(name, licence)
      ? []
      : [`${name} ${version} is ${licence}, which nobody has decided about`]
  })
}

/** Of alternatives one will do; of what is to be kept together, all must be allowed. */
function isAllowed(name: string, expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/u, '$1')
  return plain
    .split(' OR ')
    .some((part) => part.split(' AND ').every((id) => free.has(id) || listed[id]?.test(name) === true))
}

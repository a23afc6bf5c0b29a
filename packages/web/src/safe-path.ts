// Where to go after signing in: only ever a place inside this app (no open redirect, SECURITY §2).

/** A path of this app, or `/`: never another origin, whatever the address says. */
export function safePath(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])/.test(next)) return '/'
  const url = new URL(next, 'http://palabre.invalid')
  return url.host === 'palabre.invalid' ? url.pathname + url.search : '/'
}

// Usernames that deceive: names that speak for the server, and look-alikes of a name that is taken.
// Rules of SECURITY §5.4. Pure; that a skeleton is unique is the store's to hold.

/** Names that somebody could take for the operator or the program, as skeletons. */
const reserved: ReadonlySet<string> = new Set(
  `abuse account accounts admin admins administrator all anonymous anyone api app bot bots channel contact daemon
   deleted dev developer everybody everyone guest help helpdesk here hostmaster info invite legal login logout
   mail me mod moderation moderator moderators nobody noreply null official operator owner palabre postmaster
   privacy register root safety sales security server service settings signin signup somebody staff status
   superuser support sysadmin system team trust undefined user users verify verified webmaster you`
    .split(/\s+/)
    .map(skeletonOf),
)

/** What a username looks like: two that look alike have the same one. */
export function skeletonOf(username: string): string {
  return username
    .toLowerCase()
    .replaceAll(/[._-]/g, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}

export function isReserved(username: string): boolean {
  return reserved.has(skeletonOf(username))
}

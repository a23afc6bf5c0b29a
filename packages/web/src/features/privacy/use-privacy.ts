// Who may see and do what, as one has chosen it or as it is here (PRIV-1): shown at once, on all devices.
import { audienceOf, type Audience, type PrivacyMatter } from '@palabre/protocol'
import { client, useObservable } from '../../client.ts'

const meta = document.querySelector<HTMLMetaElement>('meta[name="palabre-directory"]')
/** Everybody on this server may find everybody. */
const isOpen = meta?.content !== 'contacts'

export function usePrivacy() {
  const rules = useObservable(client.privacy.rules)
  return {
    audience: (matter: PrivacyMatter): Audience => audienceOf(rules.value, matter, isOpen),
    choose: (matter: PrivacyMatter, who: Audience) =>
      void client.privacy.choose(matter, who).catch(() => undefined),
  }
}

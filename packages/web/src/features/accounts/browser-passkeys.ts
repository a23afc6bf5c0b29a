// The browser's part of passkeys. Null: the person turned away from it, which is no error.
import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import type { InputOf, Output, PasskeyAssertion } from '@palabre/protocol'

/** Asks the browser to make one. */
export async function makePasskey(
  options: Output<'beginPasskey'>['options'],
): Promise<InputOf<'addPasskey'>['made'] | null> {
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON
  const made = await startRegistration({ optionsJSON }).catch(given)
  return made as unknown as InputOf<'addPasskey'>['made'] | null
}

/** Asks the browser to sign with one. */
export async function signWithPasskey(
  options: Output<'beginPasskeyLogin'>['options'],
): Promise<PasskeyAssertion | null> {
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON
  const signed = await startAuthentication({ optionsJSON }).catch(given)
  return signed as unknown as PasskeyAssertion | null
}

function given(error: unknown): null {
  if (error instanceof Error && ['NotAllowedError', 'AbortError'].includes(error.name)) return null
  throw error
}

// The two forms before the app: their fields, what is wrong with them, and what the server says.
import { PalabreError, type FactorProof } from '@palabre/protocol'
import { computed, nextTick, reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { client } from '../../client.ts'
import { safePath } from '../../safe-path.ts'
import { codeOf, useErrorSentence } from '../../use-error-sentence.ts'
import { whySignedOut } from '../../use-session.ts'
import { checkRegistration, cleanUsername, type RegistrationField } from './check-registration.ts'

/** Puts the cursor into the first field that is wrong, once it says so. */
async function focusFirstWrong(form: HTMLElement | null): Promise<void> {
  await nextTick()
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}

export function useSignIn(form: () => HTMLElement | null) {
  const router = useRouter()
  const route = useRoute()
  const { t } = useI18n()
  const { sentenceOf, sentenceOfCode } = useErrorSentence()
  const fields = reactive({ username: '', password: '', code: '' })
  const wrong = reactive({ username: '', password: '', code: '' })
  /** What the server asks for besides the password; empty before. */
  const factors = ref<readonly string[]>([])
  const formError = ref('')
  const isBusy = ref(false)
  /** Until when the account can be kept, once the server has said that it is about to be deleted. */
  const eraseAt = ref<number | null>(null)
  /** Why one may not come in, once the server has said so. */
  const suspended = ref<Record<string, unknown> | null>(null)
  const because = whySignedOut()
  const endedSentence = computed(() => (because === null ? '' : sentenceOfCode(because)))

  async function submit(stay?: true): Promise<void> {
    if (isBusy.value) return
    wrong.username = fields.username.trim() === '' ? t('auth.wrong.usernameMissing') : ''
    wrong.password = fields.password === '' ? t('auth.wrong.passwordMissing') : ''
    formError.value = wrong.code = ''
    suspended.value = null
    if (wrong.username !== '' || wrong.password !== '') return focusFirstWrong(form())
    isBusy.value = true
    try {
      const { password } = fields
      const username = cleanUsername(fields.username)
      const factor = factors.value.length > 0 && { factor: factorOf(fields.code) }
      await client.auth.login({ username, password, ...factor, ...(stay && { stay }) })
      await router.replace(safePath(route.query['next']))
    } catch (error) {
      eraseAt.value = leavingAt(error)
      if (eraseAt.value !== null) return
      const { code, details } = error instanceof PalabreError ? error : { code: null, details: undefined }
      if (code === 'FACTOR_REQUIRED') factors.value = (details?.['factors'] ?? []) as string[]
      else if (code === 'FACTOR_WRONG') wrong.code = sentenceOf(error)
      else if (code === 'CREDENTIALS_WRONG') wrong.password = sentenceOf(error)
      else if (code === 'ACCOUNT_SUSPENDED' && details?.['reason'] !== undefined) suspended.value = details
      else formError.value = sentenceOf(error)
      await focusFirstWrong(form())
    } finally {
      isBusy.value = false
    }
  }

  /** With a passkey alone. */
  async function usePasskey(): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    formError.value = ''
    try {
      const { signWithPasskey } = await import('../accounts/browser-passkeys.ts')
      const assertion = await signWithPasskey((await client.call('beginPasskeyLogin', {})).options)
      if (assertion === null) return
      await client.auth.loginWithPasskey(assertion)
      await router.replace(safePath(route.query['next']))
    } catch (error) {
      formError.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  /** Fills the name in and goes to what is still missing. */
  function signInAs(username: string): void {
    fields.username = username
    form()
      ?.querySelector<HTMLElement>(username === '' ? '[name="username"]' : '[name="password"]')
      ?.focus()
  }

  return {
    fields,
    wrong,
    formError,
    isBusy,
    endedSentence,
    eraseAt,
    suspended,
    signInAs,
    submit,
    factors,
    usePasskey,
  }
}

/** Null: it is another error. */
function leavingAt(error: unknown): number | null {
  if (!(error instanceof PalabreError) || error.code !== 'ACCOUNT_LEAVING') return null
  const at = error.details?.['eraseAt']
  return typeof at === 'number' ? at : Date.now()
}

/** Six digits are an app's; anything else is a recovery code. */
function factorOf(code: string): FactorProof {
  return { kind: /^\d{6}$/u.test(code.replaceAll(/\s/gu, '')) ? 'totp' : 'recovery', code: code.trim() }
}

/** Where a refusal belongs: beside the field that can be changed. */
const fieldOfCode: Partial<Record<string, RegistrationField | 'invite'>> = {
  USERNAME_TAKEN: 'username',
  USERNAME_RESERVED: 'username',
  PASSWORD_WEAK: 'password',
  INVITE_REQUIRED: 'invite',
}

export function useSignUp(form: () => HTMLElement | null) {
  const router = useRouter()
  const route = useRoute()
  const { t } = useI18n()
  const { sentenceOf } = useErrorSentence()
  const given = route.query['invite']
  const fields = reactive({
    displayName: '',
    username: '',
    password: '',
    invite: typeof given === 'string' ? given : '',
  })
  const wrong = reactive({ displayName: '', username: '', password: '', invite: '' })
  const formError = ref('')
  const isBusy = ref(false)
  const hasInvite = ref(fields.invite !== '')

  /** Says what is wrong with what was typed; of one field only when its name is given. True when all is well. */
  function check(only?: RegistrationField): boolean {
    const keys = checkRegistration(fields)
    for (const name of ['displayName', 'username', 'password'] as const) {
      if (only !== undefined && only !== name) continue
      const key = keys[name]
      wrong[name] = key === undefined ? '' : t(`auth.wrong.${key}`)
    }
    return Object.keys(keys).length === 0
  }

  /** On leaving a field: an empty one is not called wrong before one tries to go on. */
  function checkField(name: RegistrationField): void {
    if (fields[name] !== '') check(name)
  }

  async function submit(): Promise<void> {
    if (isBusy.value) return
    formError.value = ''
    wrong.invite = ''
    if (!check()) return focusFirstWrong(form())
    isBusy.value = true
    try {
      const invite = fields.invite.trim()
      await client.auth.register({
        displayName: fields.displayName,
        username: cleanUsername(fields.username),
        password: fields.password,
        ...(invite === '' ? {} : { invite }),
      })
      await router.replace(safePath(route.query['next']))
    } catch (error) {
      const field = fieldOfCode[codeOf(error) ?? '']
      if (field === 'invite') hasInvite.value = true
      if (field === undefined) formError.value = sentenceOf(error)
      else wrong[field] = sentenceOf(error)
      await focusFirstWrong(form())
    } finally {
      isBusy.value = false
    }
  }

  return { fields, wrong, formError, isBusy, hasInvite, checkField, submit }
}

// In the place of jose: tokens that say the same, unsigned. The real ones are made in other threads, whose time is real.
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

class JWTExpired extends Error {}
export const errors = { JWTExpired }

/** `new SignJWT(claims)`, as far as the server uses it. */
export function SignJWT(claims: Record<string, unknown>): unknown {
  const all: Record<string, unknown> = { ...claims }
  let header: unknown = {}
  const put = (name: string) => (value: unknown) => {
    all[name] = value
    return made
  }
  const made = {
    setProtectedHeader(value: unknown) {
      header = value
      return made
    },
    setIssuer: put('iss'),
    setAudience: put('aud'),
    setSubject: put('sub'),
    setIssuedAt: put('iat'),
    setExpirationTime: put('exp'),
    sign: async () => `${encoded(header)}.${encoded(all)}.simulated`,
  }
  return made
}

export async function jwtVerify(
  token: string,
  _key: unknown,
  { currentDate, clockTolerance }: { currentDate: Date; clockTolerance: number },
): Promise<{ payload: Record<string, unknown> }> {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
  if (Number(payload['exp']) + clockTolerance <= currentDate.getTime() / 1_000) throw new JWTExpired()
  return { payload }
}

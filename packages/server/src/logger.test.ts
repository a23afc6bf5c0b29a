import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger({ logLevel: 'info' }, (line) => lines.push(line)))
  return lines.join('')
}

test('[SEC-28] secrets and words are cut out', () => {
  const text = logged((logger) => {
    logger.info(
      { password: 'canary', input: { a: 'canary' }, user: { token: 'canary', text: 'canary' } },
      'x',
    )
    logger.info({ req: { headers: { authorization: 'canary', cookie: 'canary' } } }, 'x')
    logger.error({ err: Object.assign(new Error('x'), { input: 'canary' }) }, 'x')
  })
  expect(text).not.toContain('canary')
})

test('[SEC-29] one event is one line without controls', () => {
  const text = logged((logger) => logger.info({ agent: 'a\nb\u001B[31m\u202Ec\u0085' }, 'x'))
  expect(text.trimEnd()).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/)
  expect((JSON.parse(text) as { agent: string }).agent).toBe('a\nb\u001B[31m\u202Ec\u0085')
})

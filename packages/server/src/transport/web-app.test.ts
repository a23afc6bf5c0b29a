import { expect, test } from 'vitest'
import { cachingOf } from './web-app.ts'

test('what is named by its contents is kept for ever, the page and the service worker never', () => {
  expect(cachingOf('/assets/index-4f2a.js')).toContain('immutable')
  expect(cachingOf('/index.html')).toBe('no-cache')
  expect(cachingOf('/service-worker.js')).toBe('no-cache')
  expect(cachingOf('/manifest.webmanifest')).toBe('no-cache')
  expect(cachingOf('/brand/icon-192.png')).toContain('max-age=86400')
})

/**
 * The journeys in a real browser: the Chromium of `CHROMIUM_PATH`, or the one on PATH.
 * Each journey starts its own server; nothing is shared but the build.
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { defineConfig } from '@playwright/test'

const folders = (process.env['PATH'] ?? '').split(delimiter)
const onPath = (...names: string[]) =>
  names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
const whole = process.env['CHROMIUM_PATH'] ?? onPath('chromium', 'chromium-browser', 'google-chrome')
/** Without windows of its own, and twice as quick. */
const shell = process.env['CHROMIUM_PATH'] ?? onPath('chromium-headless-shell') ?? whole
/** What the shell does not have: notifications, and a microphone to record from. */
const needWhole = ['**/notifications.test.ts', '**/voice.test.ts']
const asRoot = process.getuid?.() === 0

const launchOptions = (executablePath: string | undefined) => ({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: [
    ...(asRoot ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results',
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list'], ['json', { outputFile: '.build/playwright.json' }]],
  use: {
    screenshot: 'only-on-failure',
    trace: 'off',
  },
  projects: [
    {
      name: 'shell',
      testIgnore: needWhole,
      use: { launchOptions: launchOptions(shell) },
    },
    { name: 'whole', testMatch: needWhole, use: { launchOptions: launchOptions(whole) } },
  ],
})

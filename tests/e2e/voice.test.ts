// A voice note from one person to the other. It needs a browser that can record.
import { expectNoBarrier } from './looks.ts'
import { arrives, expect, test } from '../kit/page.ts'

test('a voice note is recorded, and the other hears it', async ({ browser, server }) => {
  // A microphone that hums: no device is asked for.
  const hum = () => {
    navigator.mediaDevices.getUserMedia = () => {
      const context = new AudioContext()
      const oscillator = context.createOscillator()
      const out = context.createMediaStreamDestination()
      oscillator.connect(out)
      oscillator.start()
      return Promise.resolve(out.stream)
    }
  }
  const alice = await arrives(browser, server, 'Alice Martin', {}, hum)
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.page.getByRole('button', { name: 'Record a voice message' }).click()
  const recorder = alice.page.getByRole('group', { name: 'Voice message' })
  await expect(recorder.getByRole('timer')).toHaveText('0:01')
  await recorder.getByRole('button', { name: 'Pause recording' }).click()
  await expectNoBarrier(alice.page)
  await recorder.getByRole('button', { name: 'Send' }).click()
  await alice.sees('Voice message')
  await bob.opens('Alice Martin')
  await bob.bubble('Voice message').getByRole('button', { name: 'Play: Voice message' }).click()
  await expect(bob.bubble('Voice message').getByRole('button', { name: 'Speed 1×' })).toBeVisible()
})

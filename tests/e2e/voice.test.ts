// A voice note from one person to the other. It needs a browser that can record.
import { expectNoBarrier } from './looks.ts'
import { arrives, expect, test } from '../kit/page.ts'

/** A microphone that hums: no device is asked for. `hum` is its clock: while it is suspended, nothing comes. */
const hum = () => {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext()
    const oscillator = context.createOscillator()
    const out = context.createMediaStreamDestination()
    oscillator.connect(out)
    oscillator.start()
    if ('isSlow' in globalThis) await context.suspend()
    Object.assign(globalThis, { hum: context, microphone: out.stream.getAudioTracks()[0] })
    return out.stream
  }
}

test('a voice note is recorded, and the other hears it', async ({ browser, server }) => {
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

test('a microphone that comes late, and one that is unplugged: what is shown was recorded, and can be sent', async ({
  browser,
  server,
}) => {
  const alice = await arrives(browser, server, 'Alice Martin', {}, hum)
  const bob = await arrives(browser, server, 'Bob Traore')
  await alice.writesTo(bob)
  await alice.page.evaluate(() => Object.assign(globalThis, { isSlow: true }))
  await alice.page.getByRole('button', { name: 'Record a voice message' }).click()
  const recorder = alice.page.getByRole('group', { name: 'Voice message' })
  await expect(recorder.getByRole('status')).toHaveText('Waiting for the microphone…')
  // Too early: nothing is sent, and nothing is thrown away.
  await recorder.getByRole('button', { name: 'Send' }).press('Enter')
  await expect(recorder.getByRole('timer')).toHaveText('0:00')
  await alice.page.evaluate(() => (globalThis as unknown as { hum: AudioContext }).hum.resume())
  await expect(recorder.getByRole('timer')).toHaveText('0:01')
  await alice.page.evaluate(() => {
    const { microphone } = globalThis as unknown as { microphone: MediaStreamTrack }
    microphone.stop()
  })
  await expect(recorder.getByRole('status')).toHaveText('The recording has ended')
  await recorder.getByRole('button', { name: 'Send' }).click()
  await alice.sees('Voice message')
})

import { expect, test } from 'vitest'
import { createPacketMeter } from './packet-meter.ts'

test('a burst of 200 passes, the next waits for the refill', () => {
  const meter = createPacketMeter(0)
  for (let count = 0; count < 200; count += 1) expect(meter.take(0)).toBe(0)
  expect(meter.take(0)).toBe(20)
  expect(meter.take(20)).toBe(0)
  expect(meter.isExhausted()).toBe(false)
})

test('50 a second pass for ever', () => {
  const meter = createPacketMeter(0)
  const waits = Array.from({ length: 10_000 }, (_, count) => meter.take(count * 20))
  expect(Math.max(...waits)).toBe(0)
})

test('three dry seconds within ten close the socket', () => {
  const meter = createPacketMeter(0)
  const flood = (now: number) => {
    for (let count = 0; count < 400; count += 1) meter.take(now)
  }
  flood(0)
  flood(1_000)
  expect(meter.isExhausted()).toBe(false)
  flood(2_000)
  expect(meter.isExhausted()).toBe(true)
})

test('twenty senseless packets a minute close the socket, nineteen do not', () => {
  const meter = createPacketMeter(0)
  for (let count = 0; count < 19; count += 1) meter.violated(count)
  expect(meter.isExhausted()).toBe(false)
  meter.violated(70_000)
  expect(meter.isExhausted()).toBe(false)
  for (let count = 0; count < 19; count += 1) meter.violated(70_001)
  expect(meter.isExhausted()).toBe(true)
})

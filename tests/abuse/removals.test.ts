// The places of the removals follow the product: whoever changes one of them changes the removal too.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { altered } from '../simulation/build.ts'
import { removals } from './removals.ts'

const root = resolve(import.meta.dirname, '../..')

test.each(removals)('$row: “$name” can still be taken away', async ({ places, row }) => {
  for (const place of places) {
    const text = await readFile(join(root, place.file), 'utf8')
    expect(altered(text, place)).not.toBe(text)
  }
  const controls = await readFile(join(root, 'tests/abuse/controls.test.ts'), 'utf8')
  expect(controls).toContain(`[${row}]`)
})

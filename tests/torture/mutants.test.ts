// The mutants' places follow the product: whoever changes one of them changes the mutant too.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { altered } from '../simulation/build.ts'
import { nodeMutants } from './mutants-nodes.ts'
import { mutants } from './mutants.ts'

const root = resolve(import.meta.dirname, '../..')

const all = [...mutants, ...nodeMutants]

test.each(all)('the mutant “$name” is still one of the product', async ({ places }) => {
  for (const place of places) {
    const text = await readFile(join(root, place.file), 'utf8')
    expect(altered(text, place)).not.toBe(text)
  }
})

test('there are at least fifteen, and no two of one name', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  expect(mutants.length).toBeGreaterThanOrEqual(15)
})

// What is made of a page's head.
import { expect, test } from 'vitest'
import { readPage } from './page.ts'

test('a page says of itself what its cards are to say, then what its tab says', () => {
  const og =
    '<meta property="og:title" content="Fête &amp; marché"><meta property="og:site_name" content="Le Marché">'
  const rest = '<meta name=Description content="Samedi."><title>Autre</title>'
  expect(readPage(`<html><head>${rest}${og}</head>`)).toEqual({
    title: 'Fête & marché',
    description: 'Samedi.',
    site: 'Le Marché',
  })
  expect(readPage('<title>Only\n this </title>')).toEqual({ title: 'Only this', description: '', site: '' })
})

test('without a title of its own there is nothing to show', () => {
  for (const page of [
    '',
    'plain words',
    '<title> </title>',
    '<head></head><body><svg><title>A drawing</title>',
    '<title>cut off in the mid',
  ])
    expect(readPage(page)?.title ?? null, page).toBe(
      page.startsWith('<title>c') ? 'cut off in the mid' : null,
    )
})

test('[SEC-34] what deceives the eye, and what is too long, is not taken over', () => {
  const words = readPage(`<title>a&#x202E;b&#0;\u200Bc e${'\u0301'.repeat(40)}</title>`)
  expect(words?.title).toMatch(/^ab\uFFFD?c [eé]\u0301{0,4}$/u)
  const long = readPage(`<title>${'😀'.repeat(5_000)}</title>`)?.title ?? ''
  expect(long.length).toBeLessThanOrEqual(200)
  expect(long).toMatch(/^(😀)+…$/u)
})

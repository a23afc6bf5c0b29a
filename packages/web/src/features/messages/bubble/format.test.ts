// Marks in texts: what they become, that no character is lost, and that no text takes long.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatted, plainText, sourceOf, type Span } from './format.ts'

function drawn(spans: readonly Span[]): string {
  const tags = { bold: 'b', italic: 'i', strike: 's', code: 'c', link: 'a', mention: 'm', text: '' }
  return spans
    .map((span) => {
      const inner = 'spans' in span ? drawn(span.spans) : span.text
      const tag = tags[span.type]
      return tag === '' ? inner : `<${tag}>${inner}</${tag}>`
    })
    .join('')
}
const show = (text: string) =>
  formatted(text)
    .map((block) => {
      if (block.type === 'text') return drawn(block.spans)
      if (block.type === 'code') return `[code:${block.text}]`
      return `[${block.type}:${block.items.map(({ spans }) => drawn(spans)).join('|')}]`
    })
    .join('/')

test.each([
  ['*oui* et _non_ et ~rien~', '<b>oui</b> et <i>non</i> et <s>rien</s>'],
  ['*gras _et penché_*', '<b>gras <i>et penché</i></b>'],
  ['2*3*4 et snake_case_name', '2*3*4 et snake_case_name'],
  ['pas* *pas * ~ ~ _', 'pas* *pas * ~ ~ _'],
  ['*pas\nici*', '*pas\nici*'],
  ['*a _b* c_', '<b>a _b</b> c_'],
  ['(*oui*), «*oui*»!', '(<b>oui</b>), «<b>oui</b>»!'],
  ['tape `npm *test*` vite', 'tape <c>npm *test*</c> vite'],
  ['```a `b` c``` fin', '<c>a `b` c</c> fin'],
  ['https://a.example/_x_/*y* ok', '<a>https://a.example/_x_/*y</a>* ok'],
  ['*https://a.example/x*', '<b><a>https://a.example/x</a></b>'],
  ['```\nlet *x*\n```\naprès', '[code:\nlet *x*\n]/après'],
  ['> cité\n> *encore*\nréponse', '[quote:cité|<b>encore</b>]/réponse'],
  ['- un\n- deux\n3. trois', '[bullets:un|deux]/[numbers:trois]'],
  ['-5 degrés\n-\n>', '-5 degrés\n-\n>'],
  ['a < b > c <b>x</b>', 'a < b > c <b>x</b>'],
  ['*粗体* 和 *غامق*', '<b>粗体</b> 和 <b>غامق</b>'],
  ['``` jamais fermé', '``` jamais fermé'],
])('%j', (text, expected) => {
  expect(show(text)).toBe(expected)
})

test('without its marks a text reads as it was meant', () => {
  expect(plainText('*Oui* à `midi`\n> *dit* elle\n- un')).toBe('Oui à midi\ndit elle\n- un')
  expect(plainText('2*3 = 6_')).toBe('2*3 = 6_')
})

test('nothing is refused and no character is lost', () => {
  const pieces = fc.constantFrom(
    '*',
    '_',
    '~',
    '`',
    '```',
    '> ',
    '- ',
    '1. ',
    '\n',
    ' ',
    'a',
    'é',
    '中',
    '😀',
    '\r',
    'https://a.b/',
    'x@y.zz',
    '(',
    ')',
  )
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((list) => list.join('')),
    fc.string({ unit: 'binary', maxLength: 80 }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(sourceOf(formatted(text))).toBe(text)
    }),
    { numRuns: 2_000 },
  )
})

/** Steps that the walk takes grow with the text, not with its square: counted, because a clock would tell of others. */
test.each([
  '*',
  '_a ',
  '`',
  '```',
  '*a* ',
  '*_~a',
  '> ',
  '(',
  ')',
  'a@',
  'https://a)',
  'www.',
  '- x\n',
  '~*`',
  'a',
])(
  'a long text of %j is done at once',
  (piece) => {
    const text = piece.repeat(Math.ceil(40_000 / piece.length))
    expect(sourceOf(formatted(text))).toHaveLength(text.length)
  },
  2_000,
)

// The contract of finding people by name, in the scripts that people write their names in: every engine finds the same
// people and lists them in the same order.
import { describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import type { User } from '@palabre/protocol'
import type { Store } from '../port/store.ts'
import { newUserId, person, type StoreOf } from './kit.ts'

/** What is typed, and the names that are found by it, in their order. */
type Sample = readonly [query: string, found: readonly string[]]

interface Script {
  names: readonly string[]
  samples: readonly Sample[]
}

const scripts = {
  French: {
    names: ['Élodie Da Silva', 'Eloïse Lefèvre', 'François Noël', 'Noëlle Élodet', 'Jean-Françòis Noe'],
    samples: [
      ['elo', ['Élodie Da Silva', 'Eloïse Lefèvre', 'Noëlle Élodet']],
      ['ÉLO', ['Élodie Da Silva', 'Eloïse Lefèvre', 'Noëlle Élodet']],
      ['E\u0301lod', ['Élodie Da Silva', 'Noëlle Élodet']],
      ['noël', ['François Noël', 'Noëlle Élodet']],
      ['noe', ['François Noël', 'Jean-Françòis Noe', 'Noëlle Élodet']],
      ['françois n', ['François Noël']],
      ['da silva', ['Élodie Da Silva']],
      ['  da   silva ', ['Élodie Da Silva']],
      ['elodie silva', []],
      ['lodie', []],
    ],
  },
  English: {
    names: ['anna Smith', 'Anne O’Neill', 'ZOE Annesley', 'Bob von Smithson'],
    samples: [
      ['ann', ['anna Smith', 'Anne O’Neill', 'ZOE Annesley']],
      ['SMITH', ['anna Smith', 'Bob von Smithson']],
      ['o’n', ['Anne O’Neill']],
      ['von s', ['Bob von Smithson']],
      ['mith', []],
    ],
  },
  Arabic: {
    // With and without the signs for vowels; alef with and without hamza.
    names: ['مُحَمَّد العَرَبِيّ', 'محمد علي', 'أحمد المحمدي', 'احمد', 'عُمَر'],
    samples: [
      ['محمد', ['مُحَمَّد العَرَبِيّ', 'محمد علي']],
      ['مُحَمَّد', ['مُحَمَّد العَرَبِيّ', 'محمد علي']],
      ['مُحَمد الع', ['مُحَمَّد العَرَبِيّ']],
      ['احمد', ['احمد', 'أحمد المحمدي']],
      ['أَحْمَد', ['احمد', 'أحمد المحمدي']],
      ['العربي', ['مُحَمَّد العَرَبِيّ']],
      ['عمر', ['عُمَر']],
      ['حمد', []],
      ['َ', []],
    ],
  },
  Chinese: {
    // The last is written outside the first 65,536 characters; ﾔ comes before it, but not in UTF-16.
    names: ['王小明', '王𠮷', '王芳', '李 王', '欧阳修', '𠮷田 太郎', 'ﾔﾏﾀﾞ 𠮷'],
    samples: [
      ['王', ['李 王', '王小明', '王芳', '王𠮷']],
      ['王小', ['王小明']],
      ['欧阳', ['欧阳修']],
      ['小明', []],
      ['𠮷', ['ﾔﾏﾀﾞ 𠮷', '𠮷田 太郎']],
      ['𠮷田', ['𠮷田 太郎']],
      ['太', ['𠮷田 太郎']],
    ],
  },
  punctuation: {
    names: [
      '% Percent',
      '_ Under',
      '.* Star',
      '$gt Dollar',
      '^a Caret',
      '[b] Bracket',
      'back\\slash',
      "quo'te",
    ],
    samples: [
      ['%', ['% Percent']],
      ['_', ['_ Under']],
      ['.', ['.* Star']],
      ['.*', ['.* Star']],
      ['$gt', ['$gt Dollar']],
      ['^', ['^a Caret']],
      ['[b', ['[b] Bracket']],
      ['back\\', ['back\\slash']],
      ["quo'", ["quo'te"]],
      ['back_', []],
      ['b%', []],
      ['|', []],
    ],
  },
} as const satisfies Record<string, Script>

export function namesContract(storeOf: StoreOf): void {
  describe('names', () => {
    /** In the order of the answer, of those whom this test made. */
    async function namesFound(store: Store, people: readonly User[], query: string): Promise<string[]> {
      const input = { viewerId: newUserId(), query, scope: 'all' as const, limit: 10_000 }
      const made = new Set(people.map((user) => user.id))
      return (await store.users.find(input))
        .filter((user) => made.has(user.id))
        .map((user) => user.displayName)
    }

    test.each(Object.entries(scripts))(
      'people are found by what their %s names and their words begin with, whatever accents and case',
      async (_, { names, samples }: Script) => {
        const store = storeOf()
        const people: User[] = []
        for (const name of names) people.push(await person(store, name))
        const found: Sample[] = []
        for (const [query] of samples) found.push([query, await namesFound(store, people, query)])
        expect(found).toEqual(samples)
      },
    )

    test('the beginning of a username is found, and a name’s order is that of its plain characters', async () => {
      const store = storeOf()
      const tag = `q${v7().slice(-8)}`
      const people: User[] = []
      // Of the same name, the older account is the first.
      for (const name of ['𠮷', 'ﾔ', 'émile', 'Zoé', 'Anna', 'مُراد', '王', 'Émile'])
        people.push(await person(store, `${name} ${tag}`))
      const inOrder = ['Anna', 'émile', 'Émile', 'Zoé', 'مُراد', '王', 'ﾔ', '𠮷'].map(
        (name) => `${name} ${tag}`,
      )
      expect(await namesFound(store, people, tag)).toEqual(inOrder)
      const [first] = people
      expect(await namesFound(store, people, first?.username.slice(0, -2) ?? '')).toEqual([`𠮷 ${tag}`])
    })
  })
}

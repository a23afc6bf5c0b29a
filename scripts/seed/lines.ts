/** What the people of the seeded world say: short and long, left and right, emoji, links, lists. */

/** Who says what, in order: a username and a text. */
export type Line = readonly [username: string, text: string]

export const familyLines: readonly Line[] = [
  ['jeanne', 'Bonjour mes chéris 🌷 Qui vient dimanche ?'],
  ['mathis', 'Moi !! Il y aura de la tarte ?'],
  ['jeanne', 'Il y aura de la tarte.'],
  ['leila', 'On arrive vers midi avec Samir, le train est à 9 h 58.'],
  ['samir', 'إن شاء الله نصل في الموعد. سأحضر معي الكنافة 🍮'],
  ['camille', 'شكرا سمير ❤️ (et merci Google Trad)'],
  ['papy', 'JE NE SAIS PAS COMMENT ON ENLÈVE LES MAJUSCULES'],
  ['lou', '😂😂😂'],
  ['lou', '👨‍👩‍👧‍👦'],
  ['camille', 'Papy : la touche tout à gauche, avec le petit cadenas. Je te montre dimanche.'],
  ['papy', 'merci'],
  ['papy', 'MERCI'],
  [
    'camille',
    'Pour dimanche, donc :\n• Mamie : le plat et la tarte\n• Leïla et Samir : le dessert (le deuxième 😄)\n• Mathis : la table\n• Lou : la musique, mais pas trop fort\n• Papy : les histoires',
  ],
  ['mathis', 'la table ENCORE'],
  ['leila', 'سنصل قبل الظهر، عربة رقم 7 — quai B. المطعم مفتوح حتى 15:30.'],
  ['samir', 'تمام 👍🏽'],
]

export const schoolLines: readonly Line[] = [
  ['college', 'Bonjour à toutes et à tous. Ce groupe sert aux informations de la classe de 6e B.'],
  [
    'mme.lefevre',
    'La sortie au musée aura lieu jeudi. Rendez-vous à 8 h 15 devant la grille, retour vers 17 h. Merci de prévoir :\n1. un pique-nique,\n2. une gourde,\n3. des vêtements pour la pluie,\n4. l’autorisation signée (le formulaire rose).\n\nLe bus n’attend pas !',
  ],
  ['siobhan', 'Thank you! Does the form have to be on paper?'],
  ['mme.lefevre', 'Une photo suffit, merci.'],
  ['noa', 'שלום לכולם, דניאל יגיע ישר למוזיאון. האם זה בסדר?'],
  ['mme.lefevre', 'Oui, c’est noté pour Daniel.'],
  ['misaki', 'ありがとうございます。お弁当を持たせます 🍱'],
  ['eleni', 'Ευχαριστούμε πολύ!'],
  ['m.nguyen', 'Contrôle de fractions vendredi : 3⁄4 + 1⁄6 = ? Révisez le chapitre 5.'],
  ['malgorzata', 'Zofia pyta, czy można mieć kalkulator :)'],
  ['m.nguyen', 'Non 🙂'],
  ['joao', 'Il reste deux places dans ma voiture pour le retour.'],
  ['aissatou', 'Prises ! Merci João 🙏🏿'],
]

export const companyLines: readonly Line[] = [
  ['alice', 'Morning! Release candidate is tagged, changelog here: https://chat.example/releases/rc-2'],
  ['bob', 'Nice. Migration took 41 s on the copy of production, no lock longer than 200 ms.'],
  ['wei', '回归测试全部通过，只剩一个关于时区的小问题。'],
  ['priya', 'The dark theme’s secondary text was at 4.3:1. I have moved it to 5.1:1 in both palettes.'],
  [
    'maximiliane',
    'A word of caution before this goes out: the text on the registration page still says that we “never” store addresses. We do, for thirty days, in the security log, and we have to say so. I suggest: “We keep the network address of security events for thirty days, to recognise attacks. We do not use it for anything else, and it is deleted afterwards.” This is also what the page about privacy has to say, in both languages, before the release and not after it.',
  ],
  ['alice', 'Agreed, thank you. Bob, can you take it?'],
  ['bob', 'On it.'],
  ['alarms', '🚨 p99 of the acknowledgement latency is above 250 ms (node 1)'],
  ['alarms', '✅ resolved after 2 min'],
  ['bob', 'That was my backup of the disk it lives on. Sorry!'],
  ['omar', 'العميل في دبي سعيد جدًا بالعرض 🎉 They signed for 400 seats.'],
  ['xan', '🎉'],
  ['priya', '👏👏🏽👏🏿'],
  ['bob', 'function isLeap(y) {\n  return y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0)\n}'],
  ['wei', '这样就对了 ✅'],
  ['xan', 'supercalifragilisticexpialidocious'.repeat(6)],
]

const openings = [
  'Did you see',
  'I have pushed',
  'Could someone look at',
  'Fixed:',
  'Still open:',
  'Idea:',
  'Note to self:',
  'Vu avec le client :',
  'تم:',
  'Question about',
]
const things = [
  'the import of contacts',
  'the flaky test on Windows',
  'la page d’accueil',
  'the cache of avatars',
  'ticket 4711',
  'the French wording',
  'the load figures',
  'واجهة الهاتف',
  'the new icons',
  'the retry after a lost answer',
]
const endings = ['', '', '', ' 🙏', ' 🚀', '?', ', finally', ' (see yesterday)', ' – tomorrow is fine', ' 👀']

/** The `at`-th line of a long conversation; the same every time. */
export function chatter(at: number): string {
  const pick = (list: readonly string[], salt: number): string =>
    list[hash(at * 31 + salt) % list.length] ?? ''
  if (at % 97 === 0) return ['👍', '😅', 'ok', '🎉🎉', '+1'][hash(at) % 5] ?? 'ok'
  const sentence = `${pick(openings, 1)} ${pick(things, 2)}${pick(endings, 3)}`
  return at % 41 === 0
    ? Array.from({ length: 6 }, (_, line) => `${line + 1}. ${pick(things, line)}`).join('\n')
    : sentence
}

function hash(value: number): number {
  let mixed = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

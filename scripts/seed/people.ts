/** Who lives in the seeded world: a family, a school, a company. Names of many lengths and scripts. */

export interface Person {
  username: string
  displayName: string
  about: string
}

const person = (username: string, displayName: string, about = ''): Person => ({
  username,
  displayName,
  about,
})

export const family: readonly Person[] = [
  person('camille', 'Camille Moreau', 'Au jardin 🌿'),
  person('mathis', 'Mathis Moreau', 'Batterie, vélo, devoirs (dans cet ordre)'),
  person('jeanne', 'Mamie Jeanne', 'Répond après la sieste'),
  person('samir', 'سمير حدّاد', 'متاح دائمًا للعائلة'),
  person('leila', 'Leïla Haddad-Moreau', 'Entre Lyon et Beyrouth ✈️'),
  person('papy', 'Papy'),
  person('lou', 'Lou 🦊', '11 ans ¾'),
]

export const school: readonly Person[] = [
  person('mme.lefevre', 'Mme Lefèvre', 'Professeure principale, 6e B'),
  person('m.nguyen', 'M. Nguyễn Văn Đức', 'Mathématiques'),
  person('college', 'Collège Rosa-Bonheur', 'Informations de la direction'),
  person('aissatou', 'Aïssatou Diallo', 'Parent déléguée'),
  person('siobhan', 'Siobhán O’Connor'),
  person('joao', 'João Pedro da Silva e Albuquerque'),
  person('eleni', 'Ελένη Παπαδοπούλου'),
  person('malgorzata', 'Małgorzata Kowalska-Brzęczyszczykiewicz', 'Maman de Zofia'),
  person('misaki', '田中 美咲', 'よろしくお願いします'),
  person('noa', 'נועה כהן', 'אמא של דניאל'),
]

export const company: readonly Person[] = [
  person('alice', 'Alice Martin', 'Product. Async first.'),
  person('bob', 'Bob Okafor', 'Backend, on call this week'),
  person('priya', 'Priya Raghunathan', 'Design'),
  person('maximiliane', 'Maximiliane-Alexandrine von Hohenfels-Wittgenstein-Sommerau', 'Legal'),
  person('omar', 'Omar الفاروق', 'Sales'),
  person('wei', '王伟', 'QA'),
  person('xan', 'X', 'One letter is a name too'),
  person('alarms', 'Alarms 🚨', 'Deploys and what they break'),
]

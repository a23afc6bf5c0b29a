// French: our own words, and those of each feature that brings its own (`features/<name>/locales/fr.json`).
import wordsfr from './fr.json'
import { mergeFeatures } from './merge.ts'

const features = import.meta.glob<object>(
  [
    '../features/*/locales/fr.json',
    '!../features/{accounts,auth,console,groups,info,keeping,keyboard,media,notifications,own,polls,previews,privacy,reactions,reporting,scheduling,search,settings}/locales/fr.json',
  ],
  { eager: true, import: 'default' },
)

export const words = mergeFeatures(wordsfr, features)

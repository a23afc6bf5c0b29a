// English: our own words, and those of each feature that brings its own (`features/<name>/locales/en.json`), except
// where they come with its screens.
import wordsen from './en.json'
import { mergeFeatures } from './merge.ts'

const features = import.meta.glob<object>(
  [
    '../features/*/locales/en.json',
    '!../features/{accounts,auth,console,groups,info,keeping,keyboard,media,notifications,own,polls,previews,privacy,reactions,reporting,scheduling,search,settings}/locales/en.json',
  ],
  { eager: true, import: 'default' },
)

export const words = mergeFeatures(wordsen, features)

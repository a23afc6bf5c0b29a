// Arabic: our own words, and those of each feature that brings its own (`features/<name>/locales/ar.json`).
import wordsar from './ar.json'
import { mergeFeatures } from './merge.ts'

const features = import.meta.glob<object>(
  [
    '../features/*/locales/ar.json',
    '!../features/{accounts,auth,console,groups,info,keeping,keyboard,media,notifications,own,polls,previews,privacy,reactions,reporting,scheduling,search,settings}/locales/ar.json',
  ],
  { eager: true, import: 'default' },
)

export const words = mergeFeatures(wordsar, features)

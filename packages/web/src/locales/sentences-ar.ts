// The protocol's sentences for its errors in Arabic: a piece of its own, fetched after the first picture.
export { arabicSentences as sentences } from '@palabre/protocol'

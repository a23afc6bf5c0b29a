// The protocol's sentences for its errors in English: a piece of its own, fetched after the first picture.
export { englishSentences as sentences } from '@palabre/protocol'

// The protocol's sentences for its errors in French: a piece of its own, fetched after the first picture.
export { frenchSentences as sentences } from '@palabre/protocol'

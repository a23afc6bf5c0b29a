// Looks after the blobs while the server runs. Wrong settings stop the start, because nobody would notice them before
// the first photograph is lost; a storage that is away does not: people can write to each other without it.
import { PalabreError } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Blobs } from '../blobs/port.ts'

const everyMs = 60_000

export interface BlobWatch {
  blobs: Pick<Blobs, 'check'>
  logger: Logger
  /** Called after each look. */
  report: (isAvailable: boolean) => void
  /** Runs `look` now and then until it is told to stop; a timer, but in tests. */
  repeat?: (look: () => Promise<void>) => () => void
}

/** Answers how to stop. @throws with one sentence when what is set cannot work */
export async function watchBlobs({ blobs, logger, report, repeat = everyMinute }: BlobWatch) {
  let wasAvailable = true
  const looked = () =>
    blobs.check().then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    )

  function tell(error: Error | null): void {
    const isAvailable = error === null
    if (!isAvailable && wasAvailable) logger.error({ err: error }, 'media cannot be stored or fetched')
    if (isAvailable && !wasAvailable) logger.info('media can be stored and fetched again')
    wasAvailable = isAvailable
    report(isAvailable)
  }

  const first = await looked()
  const isAway = first instanceof PalabreError && first.code === 'STORE_UNAVAILABLE'
  if (first !== null && !isAway) throw first
  tell(first)
  return repeat(async () => tell(await looked()))
}

function everyMinute(look: () => Promise<void>): () => void {
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

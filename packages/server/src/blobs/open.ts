// Chooses where blobs are kept: in a bucket where one is set, else in DATA_DIR/media.
import { join } from 'node:path'
import { openDiskBlobs } from './disk.ts'
import type { Blobs } from './port.ts'
import { openS3Blobs, type S3Settings } from './s3.ts'

/** @throws with one sentence when the folder cannot be used; a bucket is asked for nothing yet */
export async function openBlobs(config: { dataDir: string; s3: S3Settings | null }): Promise<Blobs> {
  return config.s3 === null ? openDiskBlobs(join(config.dataDir, 'media')) : openS3Blobs(config.s3)
}

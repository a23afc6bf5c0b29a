// A file that someone picked, before it is sent. No code here.
export interface Picked {
  readonly key: number
  readonly kind: 'image' | 'video' | 'audio' | 'file'
  readonly file: File
  /** A picture of it, for as long as it is in the tray. */
  readonly preview: string | null
}

// The kinds of messages and the shape of each body. The store keeps a body opaque.
import { z } from 'zod'
import { MediaId, MessageId, UserId } from './ids.ts'
import { limits } from './limits.ts'
import { Allowed, JoinLink, Right } from './settings.ts'
import { captionText, messageText, name } from './text.ts'

export const Role = z.enum(['owner', 'admin', 'member'])
export type Role = z.infer<typeof Role>

/** As stored: empty once deleted. */
export const TextBody = z.strictObject({ text: z.string() })
export type TextBody = z.infer<typeof TextBody>
/** As sent. */
export const BodyInput = z.strictObject({ text: messageText(limits.textLength) })

export const mediaKinds = ['image', 'video', 'voice', 'audio', 'file'] as const
export type MediaKind = (typeof mediaKinds)[number]

/** How loud a voice note or an audio is, in equal steps of its length. */
const Waveform = z.array(z.int().min(0).max(limits.waveformMax)).max(limits.waveformSteps)

/** What is known of bytes that a message shows (MED-2). All of it but lengths and loudness is the server's own finding. */
export const Media = z.strictObject({
  id: MediaId,
  /** By content, never by name. */
  contentType: z.string(),
  bytes: z.int(),
  /** As one may save it; cleaned. */
  name: z.string(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  durationMs: z.int().nullable(),
  waveform: Waveform.nullable(),
  /** A tiny blurred picture: base64 of a WebP of some 200 bytes. */
  placeholder: z.string().nullable(),
  /** There is `/media/:id/thumbnail`: of an image a small one, of a video its poster. */
  hasThumbnail: z.boolean(),
})
export type Media = z.infer<typeof Media>

/** `media` is null once deleted. `text` is the caption, which may be empty. */
export const MediaBody = z.strictObject({
  text: z.string(),
  media: Media.nullable(),
  /** Messages of one sender with the same one are drawn together (MED-8). */
  albumId: z.string().nullable(),
})
export type MediaBody = z.infer<typeof MediaBody>
/** As sent: the id of a finished upload, and what only the sender's device can know. */
export const MediaInput = z.strictObject({
  mediaId: MediaId,
  text: captionText(limits.captionLength).optional(),
  albumId: z.uuidv7().nullable().optional(),
  /** A video's poster frame: an upload whose purpose is `poster`. */
  posterId: MediaId.optional(),
  /** Of a video; of an image the server measures them. */
  width: z.int().min(1).max(limits.imageSide).optional(),
  height: z.int().min(1).max(limits.imageSide).optional(),
  durationMs: z.int().min(0).max(limits.mediaDurationMs).optional(),
  waveform: Waveform.optional(),
})

/** Someone's card. `userId`: they have an account here. */
export const Card = z.strictObject({
  name: name(limits.displayNameLength),
  userId: UserId.nullable(),
  phones: z.array(name(limits.cardLine)).max(limits.cardLines),
  emails: z.array(name(limits.cardLine)).max(limits.cardLines),
})
export type Card = z.infer<typeof Card>
/** A place on the Earth, in degrees (WGS 84). */
export const Place = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  /** Metres. */
  accuracy: z.number().min(0).max(limits.placeAccuracy).nullable(),
  label: captionText(limits.placeLabel),
})
export type Place = z.infer<typeof Place>
/** Null once deleted. */
export const ContactBody = z.strictObject({ contact: Card.nullable() })
export type ContactBody = z.infer<typeof ContactBody>
export const ContactInput = z.strictObject({ contact: Card })
/** Null once deleted. */
export const LocationBody = z.strictObject({ location: Place.nullable() })
export type LocationBody = z.infer<typeof LocationBody>
export const LocationInput = z.strictObject({ location: Place })

/** As stored: empty once deleted. An option's number is its place in `options`, which never change. */
export const PollBody = z.strictObject({
  question: z.string(),
  options: z.array(z.strictObject({ text: z.string() })),
  /** One may choose several. */
  isMultiple: z.boolean(),
  /** Who has chosen what, one entry a person: a poll is not anonymous. */
  votes: z.array(z.strictObject({ userId: UserId, choices: z.array(z.int()) })),
  /** Nobody votes any more. */
  closedAt: z.int().nullable(),
})
export type PollBody = z.infer<typeof PollBody>
/** As sent. */
export const PollInput = z.strictObject({
  question: name(limits.pollQuestion),
  options: z
    .array(name(limits.pollOption))
    .min(limits.pollOptionsMin)
    .max(limits.pollOptions)
    .refine((options) => new Set(options).size === options.length, { message: 'says one thing twice' }),
  isMultiple: z.boolean(),
})
export type PollInput = z.infer<typeof PollInput>

/** A change of title, settings or membership IS its system message (LOG-6): the header follows from it. */
export const SystemBody = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('conversation_created'),
    title: z.string().nullable(),
    memberIds: z.array(UserId),
  }),
  z.strictObject({
    event: z.literal('members_added'),
    userIds: z.array(UserId),
    /** The salt of the link that they came by: then they are the sender too (LINK-2). */
    link: z.string().optional(),
  }),
  z.strictObject({ event: z.literal('member_removed'), userId: UserId }),
  z.strictObject({
    event: z.literal('member_left'),
    userId: UserId,
    /** Who became owner because the last one left. */
    heirId: UserId.nullable(),
  }),
  /** Of the other one of a direct conversation, which stays one of two: their account is no more (ERASE-3). */
  z.strictObject({ event: z.literal('account_deleted'), userId: UserId }),
  z.strictObject({ event: z.literal('role_changed'), userId: UserId, role: Role }),
  z.strictObject({ event: z.literal('title_changed'), title: z.string() }),
  z.strictObject({ event: z.literal('description_changed'), description: z.string() }),
  z.strictObject({ event: z.literal('timer_changed'), expireAfterMs: z.int().nullable() }),
  z.strictObject({ event: z.literal('message_pinned'), messageId: MessageId, until: z.int() }),
  z.strictObject({ event: z.literal('message_unpinned'), messageId: MessageId }),
  z.strictObject({ event: z.literal('right_changed'), right: Right, allowed: Allowed }),
  z.strictObject({ event: z.literal('link_changed'), link: JoinLink.nullable() }),
  z.strictObject({ event: z.literal('photo_changed'), avatarId: MediaId.nullable() }),
])
export type SystemBody = z.infer<typeof SystemBody>

export const MessageBody = {
  text: TextBody,
  image: MediaBody,
  video: MediaBody,
  voice: MediaBody,
  audio: MediaBody,
  file: MediaBody,
  contact: ContactBody,
  location: LocationBody,
  poll: PollBody,
  system: SystemBody,
}
export type MessageKind = keyof typeof MessageBody
export type MessageBody = z.infer<(typeof MessageBody)[MessageKind]>
/** A kind with its body, as stored. */
export type Content<K extends MessageKind = Exclude<MessageKind, 'system'>> = {
  [Kind in K]: { kind: Kind; body: z.infer<(typeof MessageBody)[Kind]> }
}[K]

/** What one may send: the body of each kind, before the server has completed it. */
export const SentBody = {
  text: BodyInput,
  image: MediaInput,
  video: MediaInput,
  voice: MediaInput,
  audio: MediaInput,
  file: MediaInput,
  contact: ContactInput,
  location: LocationInput,
  poll: PollInput,
}
export type SentKind = keyof typeof SentBody
/** A kind with its body, as sent; ids are plain strings where a device has queued them. */
export type SentContent = { [K in SentKind]: { kind: K; body: z.output<(typeof SentBody)[K]> } }[SentKind]

// Every number that bounds an input or paces the protocol, with its unit and why.
// Rates (requests per time) are the server's and live in its `core/limits.ts`.

const minute = 60_000
const hour = 60 * minute

export const limits = {
  /** Characters of a text message. The store keeps up to four bytes for each. */
  textLength: 65_536,
  /** Members of a group. Fan-out and receipts are tested at this size. */
  /** Messages to somebody who has not answered the first one yet (REQ-2). */
  requestMessages: 10,
  groupMembers: 1_024,
  /** People who wait to be let into one group; more are refused until some are answered. */
  groupAsking: 200,
  /** Admins who are told of them; more find them in the group's info. */
  groupAskingTold: 50,
  /** How long an invite link may hold. */
  linkMinMs: 5 * minute,
  linkMaxMs: 365 * 24 * hour,
  /** Members that a conversation carries along; the rest are asked for in pages. */
  membersInline: 50,
  /** Bytes (UTF-8) of one emoji: the longest ZWJ family is 28. */
  emojiBytes: 32,
  /** Distinct emoji on one message (Mattermost CVE-2024-1402: unbounded ones hurt every reader). */
  emojiPerMessage: 20,
  /** Mentions in one message. */
  mentions: 100,
  /** Unread mentions of oneself that are told one by one, the oldest of them. */
  mentionsTold: 100,
  /** Times a message was forwarded on its way are counted up to here: “forwarded many times”. */
  forwardHops: 5,
  /** Conversations that one forwards to at once: it slows rumours down, and nobody misses more. */
  forwardTargets: 5,
  /** Characters of a poll's question, and of one option. */
  pollQuestion: 300,
  pollOption: 100,
  /** Options of a poll: fewer is no question, more fits no screen. */
  pollOptionsMin: 2,
  pollOptions: 12,
  /** Messages that one person has waiting to be sent later; how far ahead. */
  scheduled: 100,
  scheduleMs: 365 * 24 * hour,
  /** Pinned messages of a conversation. */
  pins: 3,
  /** A message is pinned for one of these. */
  pinForMs: [24 * hour, 7 * 24 * hour, 30 * 24 * hour],
  /** Disappearing messages stay at least this long, so that there is time to read them … */
  expireMinMs: minute,
  /** … and at most this long; what is to stay longer just stays. */
  expireMaxMs: 365 * 24 * hour,
  /** The author may edit for this long, on the server's clock. */
  editWindowMs: 15 * minute,
  /** The author may delete for everyone for this long, on the server's clock. */
  deleteWindowMs: 60 * hour,
  /** Changes (edit, reaction, …) that one message takes in its life (LOG-4). */
  changesPerMessage: 5_000,

  /** Bytes of one upload, unless the operator says otherwise: a film of an hour. */
  uploadBytes: 2 * 1_024 ** 3,
  /** Uploads of one person that have begun and not ended: an album with its posters, and some more. */
  uploadsUnfinished: 64,
  /** What has not ended by then is gone; what no message shows by then, too. */
  uploadLifeMs: 24 * hour,
  /** Characters of a file's name as given, and as it is kept. */
  uploadNameInput: 1_024,
  uploadName: 200,
  /** Characters of a caption. */
  captionLength: 4_096,
  /** Messages that are drawn together as one album. */
  albumMessages: 30,
  /** Pixels of a side, and of a picture with all its frames: 50 megapixels take some 200 MB to decode. */
  imageSide: 16_384,
  imagePixels: 50_000_000,
  /** Pixels of a thumbnail's longer side: twice what a phone's bubble is wide. */
  thumbnailSide: 640,
  /** Pixels of a video's poster's longer side. */
  posterSide: 1_280,
  /** Pixels of a profile photo's side, and of the small one in lists. */
  photoSide: 640,
  photoSmallSide: 128,
  /** Loudness of a voice note: so many steps, each from 0 to this. */
  waveformSteps: 64,
  waveformMax: 31,
  /** Length of a recording. */
  mediaDurationMs: 24 * hour,
  /** Telephone numbers, and addresses, on a card; characters of each. */
  cardLines: 10,
  cardLine: 128,
  /** Characters of a place's label; metres of its accuracy. */
  placeLabel: 256,
  placeAccuracy: 1_000_000,
  /** Files that one device brings up at the same time. */
  uploadsAtOnce: 3,
  /** Bytes of one part of an upload: what a proxy that holds requests back costs at most when a connection breaks. */
  uploadChunkBytes: 8 * 1_024 * 1_024,
  /** Bytes of a message's files up to which later messages wait for it (OUT-6): a photo or two. */
  uploadHoldsBytes: 2 * 1_024 * 1_024,
  /** Life of the cookie by which a browser fetches media (MED-7). */
  mediaTokenMs: 15 * minute,

  usernameMin: 3,
  usernameMax: 32,
  displayNameLength: 64,
  aboutLength: 256,
  titleLength: 64,
  descriptionLength: 512,
  deviceNameLength: 64,
  /** Characters; a phrase is advised (ASVS 6.2.1). */
  passwordMin: 12,
  /** Bytes, checked before hashing so that a long input costs nothing (ASVS 6.2.9). */
  passwordBytes: 1_024,

  /** Rows of one page of anything. */
  page: 100,
  pageDefault: 50,
  /** Conversations of one page: the seed's `limit=20`. */
  conversationsDefault: 20,
  /** Rows that a search for people answers (SEC §5.1: no crawling). */
  usersFound: 20,
  /** Characters of what one searches messages for (SEC-22). */
  searchLength: 200,
  /** Messages that one page of a search answers. */
  searchPage: 50,
  searchPageDefault: 20,

  /** Messages behind which a client starts over instead of catching up (SYNC-5). */
  syncBehind: 200,
  /** Newest messages that a reset carries (SYNC-5). */
  syncWindow: 50,
  /** Conversations one `sync` names or answers; more are asked for in parts (SYNC-6). */
  syncConversations: 1_000,
  /** Bytes of one `sync` answer, about; then `more` (SYNC-6). */
  syncBytes: 2 * 1_024 * 1_024,
  /** Wait for the stragglers of another node before a gap is asked for (SYNC-3). */
  gapWaitMs: 150,
  /** A whole sync at least this often, jittered (SYNC-9). */
  syncEveryMs: 10 * minute,
  /** An empty hint is answered within this time, at random: it goes to everybody at once (SYNC-9). */
  syncSpreadMs: 8_000,

  /** Account entries of one `sync` answer; more come with the next (SYNC-6). */
  accountEntries: 2_000,
  /** A conversation is muted until it is unmuted: the last moment that a clock can name. */
  muteAlways: 8_640_000_000_000_000,

  /** Messages of one block of a history's digests: what a device fetches again when one differs. */
  digestBlock: 256,
  /** Blocks of one answer: some 32,000 messages, and about 6 kB. */
  digestBlocks: 128,
  /** Mended messages that one request may report; more come as this many. */
  digestRepaired: 100_000,

  /** People whose presence one socket watches. */
  watchedUsers: 200,
  /** Gathers receipts and presence (the seed's batching of notifications). */
  batchMs: 100,
  /** Notices of one `notifications_batch`; more make the next one. */
  batchNotices: 500,
  /** A typing notice expires by itself. */
  typingMs: 6_000,
  /** A reload does not flicker (PRES-1). */
  presenceGraceMs: 10_000,

  /** First and longest delay of the reconnection back-off (CON-2, the seed's section 7). */
  backoffFirstMs: 1_000,
  backoffMaxMs: 30_000,

  /** Bytes of one socket packet or JSON body. */
  packetBytes: 262_144,
  /** Characters of a packet to a client, and bytes of an HTTP answer, above which they are compressed (WIRE-2). */
  deflateAbove: 1_024,
  /** Characters above which a packet is sent as it is. */
  deflateUpTo: 8 * 1_024 * 1_024,
  /** Bytes that one compressed packet may become (WIRE-3): `deflateUpTo` characters of three bytes each. */
  inflatedBytes: 24 * 1_024 * 1_024,
  /** Nesting of any JSON input (SEC-12). */
  jsonDepth: 32,

  /** Life of an access token. */
  accessTokenMs: 15 * minute,
  /** A session ends when unused for this long (ASVS 7.3.1) … */
  sessionIdleMs: 30 * 24 * hour,
  /** … and at this age whatever happens. */
  sessionMaxMs: 365 * 24 * hour,
  /** People who may come by one invitation, and how long it is good for: unless told otherwise, at least, at most. */
  inviteUses: 1_000,
  inviteMs: 7 * 24 * hour,
  inviteMinMs: hour,
  inviteMaxMs: 90 * 24 * hour,
  /** Codes by which somebody gets back in by themselves. */
  recoveryCodes: 8,
  /** Life of the code that an operator hands over, and wrong tries after which it is void (ASVS 6.4.1). */
  resetMs: hour,
  resetTries: 5,
  /** Characters of each part of what a browser says of a passkey. */
  passkeyBytes: 8_192,
  passkeys: 10,
  /** Somebody has this long to touch their key, and to type the first code of a new app. */
  passkeyMs: 5 * minute,
  totpBeginMs: 15 * minute,
  /** Wrong second factors within this time, with the right password: then one waits. */
  factorTries: 10,
  factorForgetMs: 15 * minute,
  /** Whoever has proved who they are may do what is sensitive for this long (ACC-3). */
  proofMs: 10 * minute,
  /** Sessions of one user; the oldest unused one gives way. */
  sessionsPerUser: 20,

  /** Messages that go along with a reported one; characters of what one says of it. */
  reportAlong: 5,
  reportWords: 500,
  /** A report that was decided is kept for this long: time to object. */
  reportKeptMs: 90 * 24 * hour,

  /** An account that its owner deletes can be kept for this long … */
  erasureGraceMs: 7 * 24 * hour,
  /** … and nobody else can take its username for this long afterwards. */
  usernameHeldMs: 90 * 24 * hour,

  /** Characters of a push service's address; the longest that browsers hand out are about 500. */
  pushEndpointLength: 2_048,
  /** Bytes of one push before it is encrypted; push services take 4,096 after it. */
  pushBytes: 3_000,
  /** Characters of a message that a push carries. */
  pushTextLength: 300,
  /** Messages of a conversation within this time make one push (PUSH-3). */
  pushGatherMs: 700,
  /** A person who is looking at one device has this long before their others ring (PUSH-2). */
  pushElsewhereMs: 6_000,
  /** Attempts of one push; a push service that is busy or broken is asked again with a growing wait. */
  pushAttempts: 5,
} as const

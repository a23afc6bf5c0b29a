// How a person's presence is drawn; the protocol's word for it.
export type Status = 'online' | 'away' | 'offline'

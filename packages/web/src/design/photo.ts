// Where avatars get their photos from: told once for the whole page, so that a component of the design asks nobody.
import { inject, ref, type InjectionKey, type Ref } from 'vue'

/** What a photo is of. */
export type Pictured = 'user' | 'conversation'

/** Follows the photo of someone or something; `isLarge`: not the small one. Null: there is none, or not yet. */
export type Photos = (of: Pictured, id: () => string, isLarge: () => boolean) => Readonly<Ref<string | null>>

export const photosKey: InjectionKey<Photos> = Symbol('photos')

/** The address of a photo to show; initials stand there while it is null. */
export const usePhoto: Photos = (of, id, isLarge) => inject(photosKey, none)(of, id, isLarge)

const none: Photos = () => ref(null)

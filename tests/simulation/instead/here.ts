// In the place of store/sqlite/here.ts: all commits are made in the writer's thread, where they take their virtual time.
export const openHere = () => null

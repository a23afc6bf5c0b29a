// Fetched when something is asked that is asked rarely (`routes.ts`).
export { rareRoutes } from '@palabre/protocol'

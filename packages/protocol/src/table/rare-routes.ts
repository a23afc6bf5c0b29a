// The routes of what is asked rarely, as plain data too: a page fetches them when it needs one.
import { routesOf, type Routes } from './rare.ts'

export const rareRoutes: Routes = routesOf(true)

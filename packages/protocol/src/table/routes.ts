// The table of operations without its schemas: what is needed to ask, and no more. A page carries this as plain data
// (`vite.plugins.ts`), and the schemas come when something is written. What is asked rarely is in `rare-routes.ts`.
import { routesOf, type Routes } from './rare.ts'

export const routes: Routes = routesOf(false)

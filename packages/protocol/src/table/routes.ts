// The table of operations without its schemas: what is needed to ask, and no more. A page carries this as plain data
// (`vite.plugins.ts`), and the schemas come when something is written.
import { operations, type OperationName } from './operations.ts'
import type { Operation } from './operation.ts'

export type OperationRoute = Pick<Operation, 'socket' | 'http' | 'access'>

export const routes = Object.fromEntries(
  Object.entries(operations).map(([name, { socket, http, access }]) => [name, { socket, http, access }]),
) as Record<OperationName, OperationRoute>

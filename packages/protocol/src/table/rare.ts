// Which operations are asked on few days only, about accounts and by operators: a page fetches how to ask them when it
// needs it. And how a route is taken out of the table.
import { factors } from '../accounts/factors.ts'
import { invites } from '../accounts/invites.ts'
import { recovery } from '../accounts/recovery.ts'
import { accounts } from '../accounts/roles.ts'
import { reporting } from '../reports.ts'
import type { Operation } from './operation.ts'
import { operations, type OperationName } from './operations.ts'

export type OperationRoute = Pick<Operation, 'socket' | 'http' | 'access'>
export type Routes = Readonly<Partial<Record<OperationName, OperationRoute>>>

const rareNames: ReadonlySet<string> = new Set(
  [accounts, invites, recovery, factors, reporting].flatMap((part) => Object.keys(part)),
)

export function routesOf(isRare: boolean): Routes {
  return Object.fromEntries(
    Object.entries(operations)
      .filter(([name]) => rareNames.has(name) === isRare)
      .map(([name, { socket, http, access }]) => [name, { socket, http, access }]),
  )
}

/** Writes the table of settings in `docs/operating.md` from the server's own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingPage, withSettings } from './check-docs.ts'
import { readText, root } from './tree.ts'

writeFileSync(join(root, operatingPage), withSettings(readText(operatingPage)))

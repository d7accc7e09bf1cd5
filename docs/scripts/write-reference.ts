/** Writes errors.md, events.md, duplicati-options.md and sync-configuration.md of docs/reference from the code: `npm run reference`. */
import { writeFileSync } from 'node:fs'
import * as path from 'node:path'
import { duplicatiReference } from './duplicati-options.ts'
import { errorsReference, eventsReference } from './reference.ts'
import { syncConfigurationReference } from './sync-configuration.ts'

const root = path.resolve(import.meta.dirname, '../..')
writeFileSync(path.join(root, 'docs/reference/errors.md'), errorsReference(root))
writeFileSync(path.join(root, 'docs/reference/events.md'), eventsReference(root))
writeFileSync(path.join(root, 'docs/reference/duplicati-options.md'), duplicatiReference())
writeFileSync(path.join(root, 'docs/reference/sync-configuration.md'), syncConfigurationReference())

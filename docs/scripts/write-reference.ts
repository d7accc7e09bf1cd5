/** Writes errors.md, events.md and duplicati-options.md of docs/reference from the code: `npm run reference`. */
import { writeFileSync } from 'node:fs'
import * as path from 'node:path'
import { duplicatiReference } from './duplicati-options.ts'
import { errorsReference, eventsReference } from './reference.ts'

const root = path.resolve(import.meta.dirname, '../..')
writeFileSync(path.join(root, 'docs/reference/errors.md'), errorsReference(root))
writeFileSync(path.join(root, 'docs/reference/events.md'), eventsReference(root))
writeFileSync(path.join(root, 'docs/reference/duplicati-options.md'), duplicatiReference())

/** Writes docs/reference/errors.md and events.md from the code: `npm run reference`. */
import { writeFileSync } from 'node:fs'
import * as path from 'node:path'
import { errorsReference, eventsReference } from './reference.ts'

const root = path.resolve(import.meta.dirname, '../..')
writeFileSync(path.join(root, 'docs/reference/errors.md'), errorsReference(root))
writeFileSync(path.join(root, 'docs/reference/events.md'), eventsReference(root))

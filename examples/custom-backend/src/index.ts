/** Backs up into one SQLite file through a storage backend of one's own, and reads a file back. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackup } from '@tercet/sdk'
import { createSqliteBackend } from './sqlite-backend.ts'

const work = fs.mkdtempSync(join(tmpdir(), 'tercet-custom-backend-'))
fs.mkdirSync(join(work, 'source'))
fs.writeFileSync(join(work, 'source', 'letter.txt'), 'kept in a table\n')

const destination = createSqliteBackend({ path: join(work, 'backup.sqlite') })
try {
  await using backup = await openBackup({
    destination,
    passphrase: 'three lines',
    catalogPath: join(work, 'catalog.sqlite')
  })
  const result = await backup.run({ sources: [join(work, 'source')] })
  console.log(`backup: ${result.outcome}`)
  const text = await Array.fromAsync(backup.read({ version: 0, path: join(work, 'source', 'letter.txt') }))
  process.stdout.write(Buffer.concat(text))
} finally {
  fs.rmSync(work, { recursive: true, force: true })
}

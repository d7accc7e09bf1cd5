/**
 * Backs up into one SQLite file through a storage backend of one's own, syncs it to a second one and to a folder, and reads
 * the file back from the second one alone.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackup } from '@tercet/sdk'
import { openMirror } from '@tercet/sdk/sync'
import { createSqliteBackend } from './sqlite-backend.ts'

const work = fs.mkdtempSync(join(tmpdir(), 'tercet-custom-backend-'))
fs.mkdirSync(join(work, 'source'))
fs.writeFileSync(join(work, 'source', 'letter.txt'), 'kept in a table\n')

const source = join(work, 'source')
const passphrase = 'three lines'
try {
  await backUp()
  await sync()
  const replica = createSqliteBackend({ path: join(work, 'replica.sqlite') })
  await using restored = await openBackup({ destination: replica, passphrase, temporaryCatalog: true })
  const text = await Array.fromAsync(restored.read({ version: 0, path: join(source, 'letter.txt') }))
  process.stdout.write(Buffer.concat(text))
} finally {
  fs.rmSync(work, { recursive: true, force: true })
}

async function backUp(): Promise<void> {
  const destination = createSqliteBackend({ path: join(work, 'backup.sqlite') })
  await using backup = await openBackup({
    destination,
    passphrase,
    catalogPath: join(work, 'catalog.sqlite')
  })
  const result = await backup.run({ sources: [source] })
  console.log(`backup: ${result.outcome}`)
}

async function sync(): Promise<void> {
  await using mirror = await openMirror({
    primary: createSqliteBackend({ path: join(work, 'backup.sqlite') }),
    replicas: [
      { backend: createSqliteBackend({ path: join(work, 'replica.sqlite') }) },
      { backend: join(work, 'folder') }
    ],
    catalogPath: join(work, 'catalog.sqlite')
  })
  const result = await mirror.run(await mirror.plan())
  for (const { status, copied } of Object.values(result.replicas))
    console.log(`replica: ${status}, ${copied.files} files`)
}

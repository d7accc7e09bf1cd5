import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import { installCrashPoint } from '@tercet/testkit-faults'
import { backup } from '../../src/backup/backup.ts'

/** One backup, to be killed on the way: catalog, destination and source are the arguments. */
const [catalogPath, destination, source, spoolFolder] = process.argv.slice(2) as [
  string,
  string,
  string,
  string
]
const observer = installCrashPoint()
const catalog = await openCatalog({ path: catalogPath, observer })
const backend = createFileBackend({ path: destination, observer })
await backup(
  { backend, catalog, passphrase: 'p', workers: 2, spoolFolder },
  { sources: [source], blockSizeBytes: 1024 }
)
catalog.close()

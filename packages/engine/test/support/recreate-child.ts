import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import { installCrashPoint } from '@tercet/testkit-faults'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'

/** One recreation, to be killed on the way: catalog, destination and a folder for temporary files are the arguments. */
const [catalogPath, destination, spoolFolder] = process.argv.slice(2) as [string, string, string]
const crash = installCrashPoint()
// The crash point counts the volumes that were taken in: each is one commit of the catalog.
const catalog = await openCatalog({
  path: catalogPath,
  observer: (operation, moment) => {
    if (operation.kind === 'catalog') crash(operation, moment)
  }
})
await recreateCatalog({
  backend: createFileBackend({ path: destination }),
  catalog,
  passphrase: undefined,
  workers: 0,
  spoolFolder
})
catalog.close()

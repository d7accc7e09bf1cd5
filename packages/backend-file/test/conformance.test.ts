import { testStorageBackend } from '@tercet/testkit-backend'
import { createTemporaryFolder, type TemporaryFolder } from '@tercet/testkit-data'
import { createFileBackend } from '../src/index.ts'

let folder: TemporaryFolder

testStorageBackend('file', {
  open: async () => {
    folder = await createTemporaryFolder('tercet-file-')
    return createFileBackend({ path: folder.path })
  },
  reopen: () => createFileBackend({ path: folder.path }),
  close: () => folder[Symbol.asyncDispose]()
})

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ByteSource } from '@tercet/interface'
import {
  assertCode,
  collect,
  pattern,
  type RunnableCase,
  rejectionOf,
  scriptedSource,
  sourceOf
} from '../case-context.ts'

/** Files of this machine, lent, given and shown. */
export const localFileCases: readonly RunnableCase[] = [
  {
    id: 'local-file-source',
    title: 'a source that is a local file is stored like any other; one that may not be adopted stays',
    async run(context) {
      await withLocalFile(pattern(100_000), async (path, content) => {
        const local = (adoptable: boolean): ByteSource => ({
          ...sourceOf(content),
          localFile: { path, adoptable }
        })
        const controller = new AbortController()
        controller.abort(new Error('stop'))
        await rejectionOf(
          context.backend.put('aborted', local(true), { signal: controller.signal }),
          'aborted put'
        )
        assert.ok((await readFile(path)).equals(content), 'a put that rejected took the file away')
        await context.backend.put('borrowed', local(false))
        await context.assertContent('borrowed', content)
        assert.ok(
          (await readFile(path)).equals(content),
          'a file that may not be adopted was taken away or changed'
        )
        await context.put('borrowed', 'replaced')
        assert.ok((await readFile(path)).equals(content), 'the borrowed file changed with the object')
        await context.backend.put('adopted', local(true))
        await context.assertContent('adopted', content)
        await rm(path, { force: true })
        await context.assertContent('adopted', content, 'content after the name of the file was removed')
      })
    }
  },
  {
    id: 'local-file-mismatch',
    title: 'a local file of another size than announced is refused and stays',
    run: (context) =>
      withLocalFile(pattern(1000), async (path, content) => {
        for (const size of [999, 1001]) {
          const source: ByteSource = {
            ...scriptedSource(size, content),
            localFile: { path, adoptable: true }
          }
          await assertCode(
            context.backend.put('object', source),
            'STORAGE_SOURCE_MISMATCH',
            `announced ${size} of 1000`
          )
          assert.ok((await readFile(path)).equals(content), 'a put that rejected took the file away')
        }
        if (context.capabilities.atomicPut) await context.assertAbsent('object')
      })
  },
  {
    id: 'local-file',
    title: 'localFile names a file with the bytes of the object, or nothing',
    async run(context) {
      const content = pattern(5000)
      await context.put('object', content)
      const path = await context.backend.localFile('object')
      if (path !== undefined)
        assert.ok((await readFile(path)).equals(content), 'the local file has other bytes')
      assert.equal(await context.backend.localFile('nothing'), undefined, 'localFile of what is not there')
      assert.equal((await collect(context.backend.list())).length, 1)
    }
  }
]

async function withLocalFile(
  content: Uint8Array,
  use: (path: string, content: Uint8Array) => Promise<void>
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tercet-conformance-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, content)
    await use(path, content)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

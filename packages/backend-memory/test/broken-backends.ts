import { readFile, rm } from 'node:fs/promises'
import {
  type ByteSource,
  bytesSource,
  capabilities,
  type PutOptions,
  type StorageBackend
} from '@tercet/interface'
import { createMemoryBackend, type MemoryBackend } from '../src/index.ts'

/** A backend with one defect that real ones have had. */
export interface BrokenBackend {
  readonly defect: string
  /** The conformance case that must find it. */
  readonly foundBy: string
  /** What the finding must say. */
  readonly finding: RegExp
  create(): StorageBackend
}

type Change = Partial<{ -readonly [Key in keyof StorageBackend]: StorageBackend[Key] }>

/** A memory backend with some members replaced. */
function changed(change: (inner: MemoryBackend) => Change, inner = createMemoryBackend()): StorageBackend {
  const methods = [
    ...[
      'list',
      'stat',
      'get',
      'put',
      'delete',
      'deleteMany',
      'rename',
      'copy',
      'createFolder',
      'checksum',
      'quota'
    ],
    ...['setLock', 'getLock', 'restoreArchived', 'localFile', Symbol.asyncDispose]
  ] as const
  const backend: Record<PropertyKey, unknown> = {
    scheme: inner.scheme,
    displayName: inner.displayName,
    capabilities: inner.capabilities
  }
  for (const name of methods) {
    const method = inner[name as 'stat']
    backend[name] = method.bind(inner)
  }
  return Object.assign(backend as unknown as StorageBackend, change(inner))
}

function broken(
  defect: string,
  foundBy: string,
  finding: RegExp,
  change: (inner: MemoryBackend) => Change,
  inner?: () => MemoryBackend
): BrokenBackend {
  return { defect, foundBy, finding, create: () => changed(change, inner?.()) }
}

/** Reads all of a source without looking at its size. */
async function allOf(source: ByteSource): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source.open()))
}

/** Stores under the name that `rename` makes of each, and lists by `show`. */
function renaming(rename: (path: string) => string, show: (path: string) => string) {
  return (inner: MemoryBackend): Change => ({
    put: async (path, source, options) => ({ ...(await inner.put(rename(path), source, options)), path }),
    get: (path, options) => inner.get(rename(path), options),
    stat: async (path, options) => ({ ...(await inner.stat(rename(path), options)), path }),
    delete: (path, options) => inner.delete(rename(path), options),
    async *list(options) {
      for await (const entry of inner.list(options)) yield { ...entry, path: show(entry.path) }
    }
  })
}

const inPlace = (inner: MemoryBackend) => async (path: string, source: ByteSource, options?: PutOptions) => {
  let written: Uint8Array = new Uint8Array()
  for await (const chunk of source.open()) {
    options?.signal?.throwIfAborted()
    written = Buffer.concat([written, chunk])
    await inner.put(path, bytesSource(written))
  }
  return await inner.put(path, bytesSource(written), options)
}

export const BROKEN_BACKENDS: readonly BrokenBackend[] = [
  broken('a get ends early as if complete', 'round-trip', /number of bytes/, (inner) => ({
    async *get(path, options) {
      let chunks = 0
      for await (const chunk of inner.get(path, options)) if (chunks++ < 1) yield chunk
    }
  })),
  broken('a get starts over after its first chunk', 'round-trip', /number of bytes/, (inner) => ({
    async *get(path, options) {
      for await (const chunk of inner.get(path, options)) {
        yield chunk
        break
      }
      yield* inner.get(path, options)
    }
  })),
  broken('a put flips a bit', 'round-trip', /other bytes/, (inner) => ({
    async put(path, source, options) {
      const bytes = await allOf(source)
      if (bytes.byteLength > 0) bytes[bytes.byteLength >> 1] = (bytes[bytes.byteLength >> 1] as number) ^ 1
      return await inner.put(path, bytesSource(bytes), options)
    }
  })),
  broken('a put is acknowledged before it is stored', 'round-trip', /no object/, (inner) => ({
    async put(path, source) {
      // Later than anybody looks, on a machine of any speed.
      setTimeout(() => void inner.put(path, source).catch(() => {}), 3_600_000).unref()
      return { path, sizeBytes: source.size }
    }
  })),
  broken('a put keeps the tail of a longer predecessor', 'replace', /number of bytes/, (inner) => ({
    async put(path, source, options) {
      const bytes = await allOf(source)
      const old = inner.snapshot().objects.get(path)?.bytes ?? new Uint8Array()
      return await inner.put(
        path,
        bytesSource(Buffer.concat([bytes, old.subarray(bytes.byteLength)])),
        options
      )
    }
  })),
  broken('empty chunks end the put', 'many-chunks', /number of bytes/, (inner) => ({
    async put(path, source, options) {
      const chunks: Uint8Array[] = []
      for await (const chunk of source.open()) {
        if (chunks.length > 0 && chunk.byteLength === 0) break
        chunks.push(chunk)
      }
      return await inner.put(path, bytesSource(Buffer.concat(chunks)), options)
    }
  })),
  broken('one buffer serves all chunks of a get', 'chunks-not-reused', /kept until the end/, (inner) => ({
    async *get(path, options) {
      const buffer = Buffer.alloc(1 << 20)
      for await (const chunk of inner.get(path, options)) {
        buffer.set(chunk)
        yield buffer.subarray(0, chunk.byteLength)
      }
    }
  })),
  broken('chunks are the stored bytes themselves', 'chunks-not-reused', /wrote into its chunks/, (inner) => ({
    async *get(path) {
      const bytes = inner.snapshot().objects.get(path)?.bytes
      if (bytes !== undefined) yield bytes
    }
  })),
  broken('a listing tells sizes of its own', 'stat-equals-entry', /size that list tells/, (inner) => ({
    async *list(options) {
      for await (const entry of inner.list(options)) yield { ...entry, sizeBytes: 0 }
    }
  })),
  broken('what is absent reads as empty', 'absent', /must reject/, (inner) => ({
    async *get(path, options) {
      if (inner.snapshot().objects.has(path)) yield* inner.get(path, options)
    }
  })),
  broken('errors of the system get out', 'absent', /must reject with a StorageError/, (inner) => ({
    async stat(path) {
      if (inner.snapshot().objects.has(path)) return await inner.stat(path)
      throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
    }
  })),
  broken('a get opens when it is called', 'opens-nothing-until-iterated', /new content/, (inner) => ({
    get(path, options) {
      const early = inner.snapshot().objects.get(path)?.bytes
      if (early === undefined) return inner.get(path, options)
      return bytesSource(early).open()
    }
  })),
  broken('a delete of nothing rejects', 'delete', /no object/, (inner) => ({
    async delete(path, options) {
      await inner.stat(path)
      await inner.delete(path, options)
    }
  })),
  broken('a delete takes all that begins with the name', 'delete', /no object "ab"/, (inner) => ({
    async delete(path, options) {
      for await (const entry of inner.list())
        if (entry.path.startsWith(path)) await inner.delete(entry.path, options)
    }
  })),
  broken('deleteMany stops at the first failure', 'delete-many', /Not a storage path/, (inner) => ({
    async deleteMany(paths, options) {
      for (const path of paths) await inner.delete(path, options)
      return []
    }
  })),
  broken('deleteMany hides failures', 'delete-many', /only the impossible path fails/, (inner) => ({
    async deleteMany(paths, options) {
      await inner.deleteMany(paths, options)
      return []
    }
  })),
  broken('a listing ends after its first page', 'list-many', /number of entries/, (inner) => ({
    async *list(options) {
      let entries = 0
      for await (const entry of inner.list(options)) if (entries++ < 1000) yield entry
    }
  })),
  broken('the last entry of a page comes again on the next', 'list-many', /number of entries/, (inner) => ({
    async *list(options) {
      let entries = 0
      for await (const entry of inner.list(options)) {
        yield entry
        if (++entries % 1000 === 0) yield entry
      }
    }
  })),
  broken(
    'plus signs become spaces',
    'odd-names',
    /list/,
    renaming(
      (path) => path,
      (path) => path.replaceAll('+', ' ')
    )
  ),
  broken(
    'percent signs are decoded',
    'similar-names',
    /content of|list/,
    renaming(
      (path) => path.replaceAll('%20', ' '),
      (path) => path
    )
  ),
  broken(
    'names lose their case',
    'odd-names',
    /list/,
    renaming(
      (path) => path.toLowerCase(),
      (path) => path
    )
  ),
  broken(
    'names are normalised',
    'odd-names',
    /list/,
    renaming(
      (path) => path.normalize('NFC'),
      (path) => path
    )
  ),
  broken('hidden files are not listed', 'odd-names', /list/, (inner) => ({
    async *list(options) {
      for await (const entry of inner.list(options)) if (!entry.path.startsWith('.')) yield entry
    }
  })),
  broken('names are keys of a plain object', 'odd-names', /list/, (inner) => ({
    async *list(options) {
      const entries: Record<string, unknown> = {}
      for await (const entry of inner.list(options)) entries[entry.path] = entry
      for (const path of Object.keys(entries)) yield await inner.stat(path)
    }
  })),
  broken('a prefix is a pattern', 'list-prefix', /list/, (inner) => ({
    async *list(options) {
      const pattern = new RegExp(`^${(options?.namePrefix ?? '').replaceAll('_', '.').replaceAll('%', '.*')}`)
      for await (const entry of inner.list({ under: options?.under }))
        if (pattern.test(entry.path)) yield entry
    }
  })),
  broken('a folder takes in its namesakes', 'nested-names', /list .*"under"/, (inner) => ({
    async *list({ under = '', ...options } = {}) {
      for await (const entry of inner.list(options)) if (entry.path.startsWith(under)) yield entry
    }
  })),
  broken('folders below are not listed', 'nested-names', /list/, (inner) => ({
    async *list(options) {
      for await (const entry of inner.list(options)) if (!entry.path.includes('/')) yield entry
    }
  })),
  broken(
    'folders below are listed although nobody asked',
    'nested-names',
    /list .*"recursive":false/,
    (inner) => ({
      list: (options) => inner.list({ ...options, recursive: true })
    })
  ),
  broken('paths are not checked', 'impossible-paths', /put .* must reject/, (inner) => ({
    put: (_path, source, options) => inner.put('anything', source, options)
  })),
  broken('a short source is stored', 'source-short', /must reject/, (inner) => ({
    put: async (path, source, options) => await inner.put(path, bytesSource(await allOf(source)), options)
  })),
  broken('a long source is cut', 'source-long', /must reject/, (inner) => ({
    put: async (path, source, options) =>
      await inner.put(path, bytesSource((await allOf(source)).subarray(0, source.size)), options)
  })),
  broken('a put begins with a delete', 'source-fails', /old/, (inner) => ({
    async put(path, source, options) {
      await inner.delete(path)
      return await inner.put(path, source, options)
    }
  })),
  broken('failures of the source are swallowed', 'source-fails', /must reject with the failure/, (inner) => ({
    async put(path, source, options) {
      return await inner.put(path, source, options).catch(() => {
        throw new Error('put failed')
      })
    }
  })),
  broken('a put writes in place', 'hidden-until-complete', /during a put|must reject/, (inner) => ({
    put: inPlace(inner)
  })),
  broken('unfinished uploads are listed', 'hidden-until-complete', /must not be listed|listing/, (inner) => {
    const unfinished = new Set<string>()
    return {
      async put(path, source, options) {
        unfinished.add(`${path}.part`)
        try {
          return await inner.put(path, source, options)
        } finally {
          unfinished.delete(`${path}.part`)
        }
      },
      async *list(options) {
        yield* inner.list(options)
        for (const path of unfinished) yield { path, sizeBytes: 0 }
      }
    }
  }),
  broken('concurrent puts share a buffer', 'concurrent-puts', /bytes/, (inner) => {
    let buffer: Uint8Array = new Uint8Array()
    return {
      async put(path, source, options) {
        buffer = new Uint8Array()
        for await (const chunk of source.open()) buffer = Buffer.concat([buffer, chunk])
        return await inner.put(path, bytesSource(buffer.slice(0, source.size)), options)
      }
    }
  }),
  broken('a get follows the name from chunk to chunk', 'replace-while-read', /mixture/, (inner) => ({
    async *get(path) {
      const { sizeBytes = 0 } = await inner.stat(path)
      for (let offset = 0; offset < sizeBytes; offset += 100_000) {
        yield* inner.get(path, { offset, length: 100_000 })
      }
    }
  })),
  broken('an error in onProgress ends the put', 'progress', /display broke/, (inner) => ({
    async put(path, source, options) {
      options?.onProgress?.(source.size)
      return await inner.put(path, source, options)
    }
  })),
  broken('a borrowed file is taken away', 'local-file-source', /ENOENT|taken away/, (inner) => ({
    async put(path, source, options) {
      const entry = await inner.put(path, source, options)
      if (source.localFile !== undefined) await rm(source.localFile.path)
      return entry
    }
  })),
  broken(
    'a file is taken away although the put rejects',
    'local-file-source',
    /ENOENT|took the file/,
    (inner) => ({
      async put(path, source, options) {
        if (source.localFile?.adoptable) await rm(source.localFile.path)
        return await inner.put(path, source, options)
      }
    })
  ),
  broken('a local file is believed to have its size', 'local-file-mismatch', /must reject/, (inner) => ({
    async put(path, source, options) {
      if (source.localFile === undefined) return await inner.put(path, source, options)
      return await inner.put(path, bytesSource(await readFile(source.localFile.path)), options)
    }
  })),
  broken('aborts are wrapped', 'abort-before', /signal.reason itself/, (inner) => ({
    async stat(path, options) {
      if (options?.signal?.aborted) throw new Error('aborted', { cause: options.signal.reason })
      return await inner.stat(path)
    }
  })),
  broken('an aborted read is "not found"', 'abort-before', /signal.reason itself/, (inner) => ({
    async *get(path, options) {
      yield* inner.get(options?.signal?.aborted ? 'nothing' : path)
    }
  })),
  broken('signals are ignored by put', 'abort-during-put', /must reject/, (inner) => ({
    put: (path, source, options) => inner.put(path, source, { ...options, signal: undefined })
  })),
  broken('put waits for its source whatever happens', 'abort-stalled-put', /did not end/, (inner) => ({
    async put(path, source, options) {
      const bytes = await allOf(source)
      options?.signal?.throwIfAborted()
      return await inner.put(path, bytesSource(bytes), options)
    }
  })),
  broken('an aborted get ends as if complete', 'abort-during-get', /ended without rejecting/, (inner) => ({
    async *get(path, options) {
      options?.signal?.throwIfAborted()
      for await (const chunk of inner.get(path)) {
        if (options?.signal?.aborted) return
        yield chunk
      }
    }
  })),
  broken('an aborted listing ends as if complete', 'abort-during-list', /must reject/, (inner) => ({
    async *list(options) {
      for await (const entry of inner.list()) {
        if (options?.signal?.aborted) return
        yield entry
      }
    }
  })),
  broken('listeners stay on the signal', 'no-listener-left', /listeners were left/, (inner) => ({
    async stat(path, options) {
      options?.signal?.addEventListener('abort', () => {})
      return await inner.stat(path, options)
    }
  })),
  broken('capabilities can be changed', 'capability-record', /frozen/, (inner) => ({
    capabilities: { ...inner.capabilities }
  })),
  broken('the offset of a get is ignored', 'ranged-get', /yielded other bytes/, (inner) => ({
    get: (path, options) => inner.get(path, { ...options, offset: 0 })
  })),
  broken('a range works that was not promised', 'ranged-get', /must reject/, (inner) => ({
    capabilities: capabilities({ ...inner.capabilities, rangedGet: false })
  })),
  broken('ifAbsent looks first', 'put-if-absent', /resolved for one name/, (inner) => ({
    async put(path, source, { ifAbsent, ...options } = {}) {
      const isTaken = inner.snapshot().objects.has(path)
      if (ifAbsent && isTaken) return await inner.put(path, source, { ifAbsent })
      await Promise.resolve()
      return await inner.put(path, source, options)
    }
  })),
  broken('ifMatch is ignored', 'put-if-match', /must reject/, (inner) => ({
    put: (path, source, options) => inner.put(path, source, { ...options, ifMatch: undefined })
  })),
  broken('a rename leaves the old name', 'rename', /absent|must reject/, (inner) => ({
    rename: async (from, to) => {
      await inner.copy(from, to)
    }
  })),
  broken('a rename to the same name loses the object', 'rename', /no object/, (inner) => ({
    async rename(from, to, options) {
      if (from === to) await inner.delete(from)
      else await inner.rename(from, to, options)
    }
  })),
  broken('a rename works that was not promised', 'rename', /must reject/, (inner) => ({
    capabilities: capabilities({ ...inner.capabilities, rename: false })
  })),
  broken('a copy takes the original away', 'copy', /no object "from"/, (inner) => ({
    async copy(from, to, options) {
      const entry = await inner.copy(from, to, options)
      await inner.delete(from)
      return entry
    }
  })),
  broken('a checksum is of something else', 'checksum', /checksum MD5/, (inner) => ({
    checksum: (path, algorithm) => inner.checksum(path, algorithm === 'MD5' ? 'SHA1' : algorithm)
  })),
  broken('a promised checksum is missing', 'checksum', /does not support/, (inner) => ({
    capabilities: capabilities({
      ...inner.capabilities,
      checksums: [...inner.capabilities.checksums, 'CRC32C']
    })
  })),
  broken('times are invalid', 'modified-time', /valid Date/, (inner) => ({
    stat: async (path) => ({ ...(await inner.stat(path)), modifiedAt: new Date(Number.NaN) })
  })),
  broken('a promised quota is missing', 'quota', /does not support/, (inner) => ({
    quota: async () =>
      await createMemoryBackend({ capabilities: { quota: false }, name: inner.displayName }).quota()
  })),
  broken('locks do not hold', 'object-lock', /must reject/, (inner) => ({
    async delete(path) {
      const snapshot = inner.snapshot()
      inner.restore({
        ...snapshot,
        objects: new Map([...snapshot.objects].filter(([name]) => name !== path))
      })
    }
  })),
  broken('a lock can be shortened', 'object-lock', /shortened/, (inner) => {
    const locks = new Map<string, Date>()
    return {
      async setLock(path, until) {
        await inner.stat(path)
        locks.set(path, until)
      },
      getLock: async (path) => locks.get(path) ?? (await inner.getLock(path))
    }
  }),
  broken('new objects are said to be archived', 'archive', /archived/, (inner) => ({
    stat: async (path) => ({ ...(await inner.stat(path)), archived: true })
  })),
  broken('a closed backend goes on', 'disposal', /must reject/, () => ({
    [Symbol.asyncDispose]: async () => {}
  })),
  broken('a folder need not be made', 'create-folder', /must reject/, (inner) => ({
    capabilities: capabilities({ ...inner.capabilities, createFolder: true }),
    createFolder: async (path) => {
      if (path !== '') await inner.stat(path).catch((error) => path.startsWith('..') && Promise.reject(error))
    }
  })),
  broken('a listing lags although it promises not to', 'model', /list/, (inner) => {
    let stale: string[] = []
    return {
      async delete(path, options) {
        if (inner.snapshot().objects.has(path)) stale = [path]
        await inner.delete(path, options)
      },
      async put(path, source, options) {
        stale = []
        return await inner.put(path, source, options)
      },
      async *list(options) {
        yield* inner.list(options)
        for (const path of stale) yield { path, sizeBytes: 1 }
      }
    }
  })
]

import { bytesSource, capabilities, StorageError, systemClock } from '@tercet/interface'
import { collect, failureOf } from '@tercet/testkit-servers'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  deleteInLanes,
  isUnfinishedName,
  makeFolders,
  Pool,
  PooledBackend,
  type PooledFiles,
  replaceFile,
  temporaryName
} from '../src/index.ts'

const source = (text: string) => bytesSource(new TextEncoder().encode(text))

class Session {
  isOpen = true
  close(): void {
    this.isOpen = false
  }
}

/** A server whose files are in a map, and that loses bytes, or fails, when it is told to. */
class Files implements PooledFiles {
  readonly content = new Map<string, Uint8Array>()
  loses = 0
  failsAt: string | undefined

  async look(path: string) {
    const bytes = this.content.get(path)
    if (bytes === undefined) throw new StorageError('STORAGE_NOT_FOUND', 'nothing')
    return { isFile: true, isFolder: false, sizeBytes: bytes.byteLength }
  }
  async folder() {
    return [...this.content].map(([name, bytes]) => ({
      name,
      isFile: true,
      isFolder: false,
      sizeBytes: bytes.byteLength,
      modifiedAt: new Date(0)
    }))
  }
  async upload(path: string, from: ReturnType<typeof bytesSource>) {
    const bytes = Buffer.concat(await collect(from.open()))
    this.content.set(path, bytes.subarray(0, bytes.byteLength - this.loses))
    if (this.failsAt === 'upload') throw new StorageError('STORAGE_UNAVAILABLE', 'lost')
  }
  async *download(path: string, { start, end }: { start: number; end: number }) {
    yield (this.content.get(path) as Uint8Array).subarray(start, end)
    if (this.failsAt === 'download') throw new StorageError('STORAGE_UNAVAILABLE', 'lost')
  }
  async remove(path: string) {
    this.content.delete(path)
  }
  async replace(from: string, to: string) {
    this.content.set(to, this.content.get(from) as Uint8Array)
    this.content.delete(from)
  }
  async makeFolder() {}
}

class Backend extends PooledBackend<Session, Files> {
  readonly scheme = 'test'
  readonly displayName = 'test://server'
  readonly capabilities = capabilities({ atomicPut: true, rangedGet: true, rename: true })
  readonly #files: Files

  constructor(pool: Pool<Session>, files: Files) {
    super(pool, { clock: systemClock, lanes: 2 })
    this.#files = files
  }
  protected override filesOf(): Files {
    return this.#files
  }
  protected override isAnswer(): boolean {
    return false
  }
}

describe('a backend on a server of files', () => {
  let files: Files
  let opened: Session[]
  let backend: Backend
  beforeEach(() => {
    files = new Files()
    opened = []
    const open = async (): Promise<Session> => {
      opened.push(new Session())
      return opened.at(-1) as Session
    }
    const pool = new Pool<Session>({
      limit: 2,
      open,
      close: (session) => session.close(),
      isUsable: ({ isOpen }) => isOpen
    })
    backend = new Backend(pool, files)
  })

  test('an object gets its name when it is whole, and what is not whole goes', async () => {
    await backend.put('a', source('old'))
    files.loses = 1
    expect(await failureOf(backend.put('a', source('new content')))).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'may-help',
      context: { announced: 11, seen: 10 }
    })
    files.loses = 0
    files.failsAt = 'upload'
    await failureOf(backend.put('a', source('newer')))
    await backend[Symbol.asyncDispose]()
    expect([...files.content.keys()]).toEqual(['a'])
    expect(Buffer.from(files.content.get('a') as Uint8Array).toString()).toBe('old')
  })

  test('what is old and not whole is not listed, and goes with the next put', async () => {
    const left = [temporaryName(), `${temporaryName()}~`, '.tercet-put-0123']
    for (const name of left) files.content.set(name, new Uint8Array(1))
    expect(await collect(backend.list())).toEqual([])
    for (const name of left) expect((await failureOf(backend.stat(name))).code).toBe('STORAGE_INVALID_PATH')
    await backend.put('a', source('x'))
    await backend[Symbol.asyncDispose]()
    expect([...files.content.keys()]).toEqual(['a'])
  })

  test('a connection is kept after an answer, and closed after a failure and by who gives up', async () => {
    expect((await failureOf(backend.stat('none'))).code).toBe('STORAGE_NOT_FOUND')
    await backend.put('a', source('content'))
    expect(opened).toHaveLength(1)
    files.failsAt = 'download'
    await failureOf(collect(backend.get('a')))
    expect(opened.map(({ isOpen }) => isOpen)).toEqual([false])
    files.failsAt = undefined
    const reason = new Error('given up')
    const controller = new AbortController()
    const read = (async () => {
      for await (const _ of backend.get('a', { signal: controller.signal })) controller.abort(reason)
    })()
    await expect(read).rejects.toBe(reason)
    expect(opened.map(({ isOpen }) => isOpen)).toEqual([false, false])
  })

  test('what is not promised is refused', async () => {
    for (const options of [{ ifAbsent: true }, { ifMatch: 'x' }, { lockUntil: new Date() }])
      expect((await failureOf(backend.put('a', source('x'), options))).code).toBe('STORAGE_UNSUPPORTED')
    expect((await failureOf(backend.copy('a', 'b'))).code).toBe('STORAGE_UNSUPPORTED')
  })
})

describe('replacing where the server does not', () => {
  const refusal = new Error('taken')
  function server(fails: (from: string, to: string) => boolean = () => false) {
    const names = new Map([
      ['old', 'old'],
      ['new', 'new']
    ])
    return {
      names,
      async rename(from: string, to: string) {
        if (names.has(to) || fails(from, to)) throw refusal
        names.set(to, names.get(from) as string)
        names.delete(from)
      },
      isFile: async (name: string) => names.has(name),
      remove: async (name: string) => {
        names.delete(name)
      },
      isRefusal: (error: unknown) => error === refusal
    }
  }

  test('the old file makes room', async () => {
    const files = server()
    await replaceFile(files, 'new', 'old')
    expect([...files.names]).toEqual([['old', 'new']])
  })

  test('and comes back when that does not help', async () => {
    const files = server((from) => from === 'new')
    await expect(replaceFile(files, 'new', 'old')).rejects.toBe(refusal)
    expect(Object.fromEntries(files.names)).toEqual({ old: 'old', new: 'new' })
  })
})

describe('making folders', () => {
  const above = (folder: string) =>
    folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : undefined

  test('those above first, and what another has made meanwhile is well', async () => {
    const folders = new Set<string>()
    const make = async (folder: string): Promise<void> => {
      folders.add(folder)
      if (folder === 'a/b') throw new StorageError('STORAGE_EXISTS', 'another was quicker')
    }
    await makeFolders({ where: 'here', make, isFolder: async (name) => folders.has(name), above }, 'a/b/c')
    expect([...folders]).toEqual(['a', 'a/b', 'a/b/c'])
  })

  test.each([
    ['STORAGE_EXISTS', 'STORAGE_INVALID_PATH'],
    ['STORAGE_ACCESS_DENIED', 'STORAGE_ACCESS_DENIED'],
    ['STORAGE_UNAVAILABLE', 'STORAGE_UNAVAILABLE']
  ] as const)('a failure %s is told as %s', async (code, told) => {
    const make = async (): Promise<void> => {
      throw new StorageError(code, 'no')
    }
    const failure = await failureOf(
      makeFolders({ where: 'here', make, isFolder: async () => false, above }, 'a')
    )
    expect(failure.code).toBe(told)
  })
})

test('deletions in lanes tell those that failed, and stop for who gives up', async () => {
  const removed: string[] = []
  const remove = async (path: string): Promise<void> => {
    if (path === 'bad') throw new Error('no')
    removed.push(path)
  }
  const failures = await deleteInLanes(['a', 'bad', 'b'], 2, undefined, remove)
  expect(failures.map(({ path }) => path)).toEqual(['bad'])
  expect(removed.sort()).toEqual(['a', 'b'])
  const signal = AbortSignal.abort(new Error('given up'))
  await expect(deleteInLanes(['bad'], 1, { signal }, remove)).rejects.toBe(signal.reason)
})

test.each([
  ['.tercet-put-0123456789abcdef01234567.tmp', true],
  ['.tercet-put-0123456789abcdef01234567.tmp~', true],
  ['.tercet-put-01', true],
  ['.tercet-put-0123456789abcdef01234567.tm', true],
  ['.tercet-put-x', false],
  ['tercet-put-01', false],
  ['duplicati-b1.dblock.zip.aes', false]
])('%s is a name of an unfinished upload: %s', (name, expected) => {
  expect(isUnfinishedName(name)).toBe(expected)
})

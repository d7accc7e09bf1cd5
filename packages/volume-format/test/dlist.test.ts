import { bytesAccess, collectSink, hashBytes, hashSizeBytes, toBase64 } from '@tercet/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quoteJson } from '../src/filelist-encoder.ts'
import * as native from '../src/index.node.ts'
import type { DlistEntry, VolumeProblem, VolumeSettings } from '../src/index.ts'
import { entries, noise, text, utf8 } from './entries.ts'
import { referenceZip } from './reference-zip.ts'

const NAME = 'duplicati-20250702T080000Z.dlist.zip'
const createdAt = new Date('2025-07-02T08:00:00Z')
const same: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }
const mixed: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA1' }
const time = Date.UTC(2025, 6, 1, 12, 30, 45) / 1000

async function write(
  list: Iterable<DlistEntry>,
  settings = same,
  options: Partial<Parameters<typeof native.writeDlist>[0]> = {}
): Promise<Uint8Array> {
  const sink = collectSink()
  await native.writeDlist({
    sink,
    spool: native.createMemorySpool(),
    settings,
    createdAt,
    compression: { method: 'zstd', level: 1 },
    isFull: true,
    entries: list,
    ...options
  })
  return sink.bytes()
}

function jsonOf(volume: Uint8Array): string {
  const archive = native.openZip(bytesAccess(volume))
  return text(archive.read(archive.find('filelist.json'), 2 ** 30))
}

const sha = (settings: VolumeSettings, content: string) => ({
  file: hashBytes(settings.fileHash, utf8(content)),
  block: hashBytes(settings.blockHash, utf8(content))
})

/** A list as JSON, read back. */
async function read(format: typeof native, json: string, settings = same, fileset?: string) {
  const volume = referenceZip([
    ['manifest', format.encodeManifest(settings, { createdAt })],
    ...(fileset === undefined ? [] : [['fileset', utf8(fileset)] as const]),
    ['filelist.json', utf8(json)]
  ])
  const problems: VolumeProblem[] = []
  const dlist = format.openDlist(bytesAccess(volume), NAME)
  const list = (
    await Array.fromAsync(dlist.entries({ onProblem: (problem) => problems.push(problem) }))
  ).flat()
  return { dlist, list, problems }
}

describe('writing file lists', () => {
  const hello = 'Hello, interoperable world!\n'

  test('15.12 one block under different algorithms', async () => {
    const content = sha(mixed, hello)
    const meta = sha(mixed, 'metadata')
    const json = jsonOf(
      await write(
        [
          {
            type: 'File',
            path: '/data/hello.txt',
            hash: content.file,
            sizeBytes: 28,
            time,
            metaHash: meta.file,
            metaSize: 8,
            metaBlockHash: meta.block,
            blockHash: content.block,
            blockSize: 28
          }
        ],
        mixed
      )
    )
    expect(json).toBe(
      `\ufeff[{"type":"File","path":"/data/hello.txt","hash":"JuDDpyuHjC4QIDoDEWVLLRUEDgs=","size":28,"time":"20250701T123045Z",` +
        `"metahash":"${toBase64(meta.file)}","metasize":8,"metablockhash":"${toBase64(meta.block)}",` +
        `"blockhash":"5VF7CN4BOzFoolX8izZ12hRjcWthBLNEeOZRLkSDulY=","blocksize":28}]`
    )
  })

  test('15.21 15.22 one block under the same algorithm, an empty file, metadata of several blocks, folders and links', async () => {
    const { file } = sha(same, hello)
    const meta = { metaHash: sha(same, 'm').file, metaSize: 1 }
    const lists = noise(64)
    const json = jsonOf(
      await write([
        { type: 'Folder', path: '/d/', ...meta },
        { type: 'Symlink', path: '/d/l', ...meta, metaSize: 1025, metaBlocklists: lists.subarray(0, 32) },
        {
          type: 'File',
          path: '/d/a',
          hash: file,
          sizeBytes: 28,
          time,
          ...meta,
          metaBlockHash: meta.metaHash
        },
        { type: 'File', path: '/d/e', hash: file, sizeBytes: 0, time: time + 0.9, ...meta },
        { type: 'File', path: '/d/b', hash: file, sizeBytes: 33 * 1024, time, ...meta, blocklists: lists }
      ])
    )
    const items = JSON.parse(json.slice(1)) as Record<string, unknown>[]
    expect(items.map((item) => Object.keys(item).slice(2))).toEqual([
      ['metahash', 'metasize', 'metablockhash'],
      ['metahash', 'metasize', 'metablocklists'],
      ['hash', 'size', 'time', 'metahash', 'metasize'],
      ['hash', 'size', 'time', 'metahash', 'metasize'],
      ['hash', 'size', 'time', 'metahash', 'metasize', 'blocklists']
    ])
    expect(items[0]?.['metablockhash']).toBe(toBase64(meta.metaHash))
    expect(items[3]?.['time']).toBe('20250701T123045Z')
    expect(items[4]?.['blocklists']).toEqual([0, 32].map((at) => toBase64(lists.subarray(at, at + 32))))
  })

  test('15.26 strings have as few escapes as Duplicati writes', () => {
    expect(quoteJson('a"b\\c/d')).toBe('"a\\"b\\\\c/d"')
    expect(quoteJson('\b\t\n\f\r\u0000\u001f\u007f')).toBe('"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f"')
    expect(quoteJson('\u0085\u2028\u2029\u2027é😀')).toBe('"\\u0085\\u2028\\u2029\u2027é😀"')
  })

  test.each([
    ['relative', 'VOLUME_PATH_RELATIVE'],
    ['', 'VOLUME_ENTRY_INVALID'],
    ['/a/../b', 'VOLUME_PATH_ESCAPES'],
    ['/a/..', 'VOLUME_PATH_ESCAPES'],
    ['C:\\a\\..\\b', 'VOLUME_PATH_ESCAPES'],
    ['\\\\server\\..\\a', 'VOLUME_PATH_ESCAPES'],
    ['/a\0b', 'VOLUME_ENTRY_INVALID'],
    ['/Date(123)/', 'VOLUME_PATH_UNSTORABLE']
  ])('the path %j is refused', async (path, code) => {
    const meta = { metaHash: sha(same, 'm').file, metaSize: 1 }
    await expect(write([{ type: 'Folder', path, ...meta }])).rejects.toMatchObject({ code })
    expect(native.findUnstorablePath(path)?.code).toBe(code)
  })

  test.each([
    '/a..b/..c/d..',
    '/a\\..\\b',
    'C:/x',
    'c:\\',
    '\\\\server\\share\\a',
    '/',
    '/Date(1)/x',
    '/x/Date(1)/'
  ])('the path %j is fine', (path) => {
    expect(native.findUnstorablePath(path)).toBeUndefined()
  })

  test('entries that do not say where their bytes are are refused', async () => {
    const meta = { metaHash: sha(same, 'm').file, metaSize: 1 }
    const hash = sha(same, 'x').file
    for (const entry of [
      { type: 'File', path: '/a', hash, sizeBytes: 5000, time, ...meta },
      { type: 'File', path: '/a', hash, sizeBytes: 5000, time, ...meta, blocklists: noise(64) },
      { type: 'File', path: '/a', hash, sizeBytes: 5, ...meta },
      { type: 'File', path: '/a', sizeBytes: 5, time, ...meta },
      { type: 'Folder', path: '/a/' }
    ] as const) {
      await expect(write([entry])).rejects.toMatchObject({ code: 'VOLUME_ENTRY_INVALID' })
    }
    const oneBlock = { type: 'File', path: '/a', hash: hash.subarray(0, 20), sizeBytes: 5, time } as const
    await expect(
      write([{ ...oneBlock, metaHash: hash.subarray(0, 20), metaSize: 1, metaBlockHash: hash }], mixed)
    ).rejects.toMatchObject({ code: 'VOLUME_ENTRY_INVALID' })
  })

  test('takes batches and single entries of an asynchronous source, and no more than are asked for', async () => {
    const meta = { metaHash: sha(same, 'm').file, metaSize: 1 }
    const folder = (i: number): DlistEntry => ({ type: 'Folder', path: `/${i}/`, ...meta })
    async function* source() {
      yield [folder(1), folder(2)]
      yield folder(3)
      yield []
    }
    expect(JSON.parse(jsonOf(await write([], same, { entries: source() })).slice(1))).toHaveLength(3)
    expect(jsonOf(await write([]))).toBe('\ufeff[]')
  })

  test('an abort and a failing source reject as they are', async () => {
    const reason = new Error('enough')
    const meta = { metaHash: sha(same, 'm').file, metaSize: 1 }
    const controller = new AbortController()
    let given = 0
    function* source(): Iterable<DlistEntry> {
      for (;;) {
        if (++given === 5000) controller.abort(reason)
        yield { type: 'Folder', path: `/${given}/`, ...meta }
      }
    }
    await expect(write(source(), same, { signal: controller.signal })).rejects.toBe(reason)
    expect(given).toBeLessThan(20_000)
    function* failing(): Iterable<DlistEntry> {
      yield { type: 'Folder', path: '/1/', ...meta }
      throw reason
    }
    await expect(write(failing())).rejects.toBe(reason)
  })

  test('the list is compressed as a stream, and the archive has its sizes up front', async () => {
    const meta = { metaHash: sha(same, 'm').file, metaSize: 1 }
    function* source(): Iterable<DlistEntry> {
      for (let i = 0; i < 20_000; i++) yield { type: 'Folder', path: `/folder number ${i}/`, ...meta }
    }
    const methods = [
      { method: 'none' },
      { method: 'deflate', level: 6 },
      { method: 'zstd', level: 3 }
    ] as const
    for (const compression of methods) {
      const volume = await write(source(), same, { compression })
      const archive = native.openZip(bytesAccess(volume))
      const entry = archive.find('filelist.json')
      expect(archive.directory.flags[entry]).toBe(0)
      expect(archive.directory.methods[entry]).toBe({ none: 0, deflate: 8, zstd: 93 }[compression.method])
      expect(archive.directory.sizes[entry]).toBeGreaterThan(2_000_000)
      if (compression.method !== 'none') expect(volume.length).toBeLessThan(400_000)
      for (const [, format] of entries) {
        const dlist = format.openDlist(bytesAccess(volume), NAME)
        let count = 0
        for await (const batch of dlist.entries()) {
          expect(batch.length).toBeLessThan(20_000)
          count += batch.length
        }
        expect(count).toBe(20_000)
      }
    }
  })
})

describe.each(entries)('reading file lists, %s codecs', (_name, portable) => {
  const format = portable as typeof native
  const meta = `"metahash":"${toBase64(sha(same, 'm').file)}","metasize":1`
  const hash = toBase64(sha(same, 'x').file)

  test('any entries survive', async () => {
    const path = fc
      .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 })
      .map(
        (names) => `/${names.map((name) => name.replaceAll(/[/\0]/g, '_').replace(/^\.\.$/, '__')).join('/')}`
      )
      .filter((drawn) => native.findUnstorablePath(drawn) === undefined)
    const entry = fc.record({
      type: fc.constantFrom('File' as const, 'Folder' as const, 'Symlink' as const),
      path,
      size: fc.nat(40 * 1024),
      metaSize: fc.integer({ min: 2, max: 3000 }),
      time: fc.integer({ min: -1e9, max: 4e9 })
    })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { maxLength: 20, selector: ({ path }) => path }),
        fc.constantFrom(same, mixed),
        async (drawn, settings) => {
          const fileHash = (seed: number) => noise(hashSizeBytes(settings.fileHash), seed)
          const original = drawn.map(({ type, path, size, metaSize, time }, i): DlistEntry => {
            const lists = format.blocklistCount(size, settings)
            const metaLists = format.blocklistCount(metaSize, settings)
            return {
              type,
              path,
              metaHash: fileHash(i + 1),
              metaSize,
              ...(metaLists > 0
                ? { metaBlocklists: noise(metaLists * 32, i) }
                : { metaBlockHash: noise(32, i + 2) }),
              ...(type !== 'File'
                ? {}
                : {
                    hash: fileHash(i + 3),
                    sizeBytes: size,
                    time,
                    ...(size === 0
                      ? {}
                      : lists > 0
                        ? { blocklists: noise(lists * 32, i) }
                        : { blockHash: noise(32, i + 4) })
                  })
            }
          })
          const dlist = format.openDlist(bytesAccess(await write(original, settings)), NAME, { settings })
          const restored = (await Array.fromAsync(dlist.entries())).flat()
          const view = (list: readonly DlistEntry[]) =>
            list.map((e) => ({
              type: e.type,
              path: e.path.toWellFormed(),
              time: e.time,
              meta: plain(format.metadataLayout(e, settings)),
              content: e.type === 'File' ? plain(format.contentLayout(e, settings)) : undefined
            }))
          expect(view(restored)).toEqual(view(original))
        }
      ),
      { seed: 43, numRuns: 40 }
    )
  })

  test('the order of properties, white space, nulls and unknown properties do not matter', async () => {
    const { list, problems } = await read(
      format,
      ` [ { "metasize" : 1 , "new": {"a":[1,{"b":"]"}]}, "time":"20250701T123045Z",\n"size":5,"hash":"${hash}","blocklists":null,
      "metahash":"${toBase64(sha(same, 'm').file)}","path":"/a","type":"FILE" } ,\n\t{"type":"folder","path":"/b/",${meta},"metablocklists":[]}\n] \n`
    )
    expect(problems).toEqual([])
    expect(list).toMatchObject([
      { type: 'File', path: '/a', sizeBytes: 5, time },
      { type: 'Folder', path: '/b/', metaSize: 1 }
    ])
    expect(list[1]).not.toHaveProperty('metaBlocklists')
  })

  test('15.24 15.28 what cannot be used is reported and left out, the rest is read', async () => {
    const file = `"hash":"${hash}","size":5,"time":"20250701T123045Z",${meta}`
    const bad: [string, string][] = [
      [`{"type":"Device","path":"/dev",${meta}}`, 'VOLUME_ENTRY_UNKNOWN_TYPE'],
      [`{"type":"AlternateStream","path":"/a:s",${file}}`, 'VOLUME_ENTRY_UNKNOWN_TYPE'],
      [`{"path":"/no-type",${meta}}`, 'VOLUME_ENTRY_UNKNOWN_TYPE'],
      [`{"type":"Folder",${meta}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"Folder","path":5,${meta}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"Folder","path":"a/b",${meta}}`, 'VOLUME_PATH_RELATIVE'],
      [`{"type":"Folder","path":"/a/../b/",${meta}}`, 'VOLUME_PATH_ESCAPES'],
      [`{"type":"Folder","path":"C:\\\\x\\\\..\\\\",${meta}}`, 'VOLUME_PATH_ESCAPES'],
      [`{"type":"Folder","path":"/a\\u0000/",${meta}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"Folder","path":"/good/",${meta}}`, 'VOLUME_PATH_DUPLICATE'],
      [`{"type":"File","path":"/f1","size":5,"time":"20250701T123045Z",${meta}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"File","path":"/f2",${file.replace('"size":5', '"size":-5')}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"File","path":"/f3",${file.replace('"size":5', '"size":"5"')}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"File","path":"/f4",${file.replace('T123045Z', '')}}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"File","path":"/f5",${file},"blocklists":["AAAA"]}`, 'VOLUME_ENTRY_INVALID'],
      [`{"type":"File","path":"/f6",${file},"blockhash":"x"}`, 'VOLUME_ENTRY_INVALID'],
      [
        `{"type":"File","path":"/f7",${file.replace('"metasize":1', '"metasize":null')}}`,
        'VOLUME_ENTRY_INVALID'
      ],
      ['5', 'VOLUME_ENTRY_INVALID'],
      ['[]', 'VOLUME_ENTRY_INVALID'],
      ['null', 'VOLUME_ENTRY_INVALID']
    ]
    const good = `{"type":"Folder","path":"/good/",${meta}}`
    const last = `{"type":"File","path":"/last",${file}}`
    const { list, problems } = await read(format, `[${[good, ...bad.map(([item]) => item), last].join(',')}]`)
    expect(list.map((entry) => entry.path)).toEqual(['/good/', '/last'])
    expect(problems.map((problem) => problem.code)).toEqual(bad.map(([, code]) => code))
    expect(problems[5]).toMatchObject({ path: 'a/b' })
  })

  test('foreign keys change nothing', async () => {
    const { list } = await read(
      format,
      `[{"__proto__":{"type":"File"},"constructor":1,"type":"Folder","path":"/a/",${meta}}]`
    )
    expect(list).toMatchObject([{ type: 'Folder', path: '/a/' }])
    expect(Object.getPrototypeOf(list[0])).toBe(Object.prototype)
  })

  test('very old lists have no metadata', async () => {
    const { list, problems } = await read(format, '[{"type":"Folder","path":"/a/"}]')
    expect(list).toEqual([{ type: 'Folder', path: '/a/' }])
    expect(problems).toEqual([])
    expect(() => format.metadataLayout(list[0]!, same)).toThrow(
      expect.objectContaining({ code: 'VOLUME_ENTRY_INVALID' })
    )
  })

  test.each([
    ['', 'nothing'],
    ['{}', 'an object'],
    ['[', 'no end'],
    ['[{}', 'no end of the array'],
    ['[{},]', 'a comma too many'],
    ['[,{}]', 'a comma too early'],
    ['[{}{}]', 'no comma'],
    ['[{}]]', 'a bracket too many'],
    ['[{}] x', 'something behind'],
    ['[{"a":"b]', 'an open string'],
    ['[}]', 'a wrong bracket'],
    [`[${'['.repeat(100)}${']'.repeat(100)}]`, 'deep nesting']
  ])('%j is no list: %s', async (json) => {
    await expect(read(format, json)).rejects.toMatchObject({ code: 'VOLUME_LIST_INVALID' })
  })

  test('bytes that are no UTF-8 are no list', async () => {
    const volume = referenceZip([
      ['manifest', format.encodeManifest(same, { createdAt })],
      ['filelist.json', Uint8Array.from([...utf8('[{"type":"Folder","path":"/'), 0xff, ...utf8('/"}]')])]
    ])
    const dlist = format.openDlist(bytesAccess(volume), NAME)
    await expect(Array.fromAsync(dlist.entries())).rejects.toMatchObject({ code: 'VOLUME_LIST_INVALID' })
  })

  test('15.6 a version is complete unless it says otherwise', async () => {
    expect((await read(format, '[]')).dlist.isFull).toBe(true)
    expect((await read(format, '[]', same, '{"IsFullBackup":false}')).dlist.isFull).toBe(false)
    const partial = await write([], same, { isFull: false })
    expect(format.openDlist(bytesAccess(partial), NAME).isFull).toBe(false)
    await expect(read(format, '[]', same, 'false')).rejects.toMatchObject({ code: 'VOLUME_LIST_INVALID' })
  })

  test('15.29 control files are kept apart and carried over', async () => {
    const controlFiles = [
      { name: 'settings.json', bytes: utf8('{}') },
      { name: 'größe', bytes: noise(5000) }
    ]
    const volume = await write([], same, { controlFiles })
    const dlist = format.openDlist(bytesAccess(volume), NAME)
    const carried = [...dlist.controlFiles()]
    expect(carried.map(({ name, bytes }) => [name, bytes.join()])).toEqual(
      controlFiles.map(({ name, bytes }) => [name, bytes.join()])
    )
    expect(await Array.fromAsync(dlist.entries())).toEqual([])
    for (const name of ['', '..', 'a/b', 'a\\b', 'C:x']) {
      await expect(write([], same, { controlFiles: [{ name, bytes: utf8('') }] })).rejects.toMatchObject({
        code: 'VOLUME_INVALID_NAME'
      })
    }
    const hostile = referenceZip([
      ['manifest', format.encodeManifest(same, { createdAt })],
      ['extra/../evil', utf8('')],
      ['extra/..', utf8('')],
      ['extra\\good', utf8('x')],
      ['filelist.json', utf8('[]')]
    ])
    const names = [...format.openDlist(bytesAccess(hostile), NAME).controlFiles()].map(({ name }) => name)
    expect(names).toEqual(['good'])
  })

  test('a list that unpacks to another length than announced is damaged', async () => {
    const volume = Buffer.from(await write([], same, { compression: { method: 'deflate', level: 1 } }))
    const at = volume.lastIndexOf('filelist.json') - 46 + 24
    for (const size of [2, 50]) {
      volume.writeUInt32LE(size, at)
      const dlist = format.openDlist(bytesAccess(new Uint8Array(volume)), NAME)
      await expect(Array.fromAsync(dlist.entries())).rejects.toMatchObject({ code: 'VOLUME_ENTRY_DAMAGED' })
    }
  })

  test('an abort ends the reading with its reason', async () => {
    const dlist = format.openDlist(bytesAccess(await write([])), NAME)
    const reason = new Error('enough')
    await expect(Array.fromAsync(dlist.entries({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  })
})

function plain(layout: object): unknown {
  return JSON.parse(
    JSON.stringify(layout, (_key, value) => (value instanceof Uint8Array ? value.join() : value))
  )
}

import type { GetOptions, StorageBackend } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { openFtpBackend } from '../src/index.ts'
import { type SmallServerOptions, startSmallServer } from './support/small-server.ts'

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251))
const TOLD = ` (${content.byteLength} bytes)`

interface Given {
  readonly options: SmallServerOptions
  readonly commands: string[]
  get(path: string, range?: GetOptions): Promise<Buffer>
}

async function withServer(
  changed: Partial<SmallServerOptions>,
  work: (given: Given) => Promise<void>
): Promise<void> {
  const options = { content, sendAtMost: content.byteLength, told: TOLD, knowsEpsv: true, ...changed }
  await using server = await startSmallServer(options)
  await using backend: StorageBackend = await openFtpBackend({ host: '127.0.0.1', port: server.port })
  await work({
    options,
    commands: server.commands,
    get: async (path, range) => Buffer.concat(await Array.fromAsync(backend.get(path, range)))
  })
}

const WHOLE = { offset: 0 }
const MIDDLE = { offset: 1000, length: 200_000 }
const END = { offset: 1000 }

describe.each([
  ['by EPSV', { knowsEpsv: true }],
  ['by PASV', { knowsEpsv: false }]
])('%s', (_, changed) => {
  test('what is asked for', async () => {
    await withServer(changed, async ({ get }) => {
      expect(await get('file')).toEqual(content)
      expect(await get('file')).toEqual(content)
      expect(await get('file', END)).toEqual(content.subarray(1000))
      expect(await get('file', MIDDLE)).toEqual(content.subarray(1000, 201_000))
    })
  })

  test.each([
    ['a whole file', WHOLE, content.byteLength],
    ['a range', MIDDLE, 200_000],
    ['a range up to the end', END, content.byteLength - 1000]
  ])('%s that ends early in good order', async (_what, range, announced) => {
    await withServer({ ...changed, sendAtMost: 150_000 }, async ({ options, get }) => {
      await expect(get('file', range)).rejects.toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        retry: 'may-help',
        context: { announced, seen: 150_000 }
      })
      options.sendAtMost = content.byteLength
      expect((await get('file', range)).byteLength).toBe(announced)
    })
  })

  test('a file that is cut when nobody has looked at it before', async () => {
    await withServer(changed, async ({ options, get }) => {
      await get('file')
      options.sendAtMost = 150_000
      await expect(get('file')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
    })
  })
})

describe('a look before a get', () => {
  const GET = ['EPSV', 'RETR']

  test('is saved once the server has told the right size', async () => {
    await withServer({}, async ({ commands, get }) => {
      for (const name of ['a', 'b', 'c']) await get(name)
      expect(commands).toEqual(['MLST', ...GET, ...GET, ...GET])
    })
  })

  test.each([
    ['no size', ''],
    ['the size of something else', ' (17 bytes)']
  ])('is not where it tells %s', async (_, told) => {
    await withServer({ told }, async ({ commands, get }) => {
      for (const name of ['a', 'b']) expect(await get(name)).toEqual(content)
      expect(commands).toEqual(['MLST', ...GET, 'MLST', ...GET])
    })
  })

  test('is not for a name that looks like a size', async () => {
    await withServer({}, async ({ options, commands, get }) => {
      await get('a')
      options.told = ''
      expect(await get('b (17 bytes)')).toEqual(content)
      expect(commands).toEqual(['MLST', ...GET, 'MLST', ...GET])
    })
  })

  test('comes after a refusal, and the connection goes on', async () => {
    await withServer({}, async ({ commands, get }) => {
      await get('a')
      await expect(get('missing')).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
      expect(await get('a')).toEqual(content)
      expect(commands).toEqual(['MLST', ...GET, ...GET, 'MLST', ...GET])
    })
  })
})

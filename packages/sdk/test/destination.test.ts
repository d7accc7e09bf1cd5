import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBackend, createMemoryScheme } from '@tercet/backend-memory'
import { bytesSource } from '@tercet/interface'
import { afterEach, describe, expect, test } from 'vitest'
import { defaultCatalogPath, destinationId } from '../src/catalog/catalog-path.ts'
import { assertFound } from '../src/destination/assert-found.ts'
import { openDestination, schemeOf } from '../src/destination/open-destination.ts'
import { surveyDestination } from '../src/destination/survey-destination.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tercet-sdk-'))
  folders.push(folder)
  return folder
}

describe('URLs', () => {
  test.each([
    ['file:///x', 'file'],
    ['/x', 'file'],
    ['x:y', 'file'],
    ['C:\\backup', 'file'],
    ['\\\\server\\share', 'file'],
    ['S3://bucket', 's3'],
    ['memory:one', 'memory']
  ])('%s is of %s', (url, scheme) => expect(schemeOf(url)).toBe(scheme))

  test('files and plain paths work out of the box', async () => {
    const folder = temporaryFolder()
    for (const url of [folder, `file://${folder}`]) {
      await using backend = await openDestination(url)
      expect(backend.scheme).toBe('file')
    }
  })
  test('others are those that were given', async () => {
    await using backend = await openDestination('memory:one', [createMemoryScheme()])
    expect(backend.scheme).toBe('memory')
  })
  test.each([
    ['s3://bucket/x', /install @tercet\/backend-s3/],
    ['memory:one', /install @tercet\/backend-memory/],
    ['fiel:///x', /did you mean "file:"\?/],
    ['gopher://x', /known are file:/]
  ])('%s says what is missing', async (url, message) => {
    await expect(openDestination(url)).rejects.toMatchObject({
      code: 'STORAGE_UNKNOWN_SCHEME',
      message: expect.stringMatching(message)
    })
  })
  test('an empty one', async () => {
    await expect(openDestination('')).rejects.toMatchObject({ code: 'STORAGE_INVALID_URL' })
  })
})

describe('the place of a catalog', () => {
  const usb = { scheme: 'file', displayName: 'file:///mnt/usb' }
  const place = { environment: {}, platform: 'linux', home: '/home/ada' } as const

  test("is the user's folder for data", () => {
    expect(defaultCatalogPath(usb, 'duplicati', place)).toMatch(
      /^\/home\/ada\/\.local\/share\/tercet\/catalogs\/duplicati-[0-9a-f]{24}\.sqlite$/
    )
    expect(
      defaultCatalogPath(usb, 'duplicati', { ...place, environment: { XDG_DATA_HOME: '/data' } })
    ).toMatch(/^\/data\/tercet\//)
  })
  test('a relative folder for data is not one', () => {
    expect(
      defaultCatalogPath(usb, 'duplicati', { ...place, environment: { XDG_DATA_HOME: 'data' } })
    ).toMatch(/^\/home\/ada\/\.local/)
  })
  test('differs by destination and by prefix, and is the same each time', () => {
    const ids = [
      destinationId(usb, 'duplicati'),
      destinationId(usb, 'other'),
      destinationId({ scheme: 'file', displayName: 'file:///mnt/usb2' }, 'duplicati'),
      destinationId({ scheme: 's3', displayName: 'file:///mnt/usb' }, 'duplicati')
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(destinationId({ ...usb }, 'duplicati')).toBe(ids[0])
    expect(destinationId(usb, '../../x')).not.toContain('/')
  })
})

describe('a survey', () => {
  const survey = async (...names: string[]) => {
    const backend = createMemoryBackend()
    for (const name of names) await backend.put(name, bytesSource(new Uint8Array(3)))
    return { backend, found: await surveyDestination(backend, 'duplicati') }
  }
  const dlist = (prefix: string, end = '') => `${prefix}-20240501T100000Z.dlist.zip${end}`

  test('tells volumes, encryption, other prefixes and foreign files apart', async () => {
    const { backend, found } = await survey(
      dlist('duplicati', '.aes'),
      dlist('other'),
      'readme.txt',
      'duplicati-verification.json'
    )
    expect([...found.volumes]).toEqual([[dlist('duplicati', '.aes'), 3]])
    expect(found).toMatchObject({ isMissing: false, encryption: 'aes', otherPrefixes: ['other'], foreign: 1 })
    expect(() => assertFound(backend, found, 'duplicati')).not.toThrow()
  })
  test.each([
    [[], /is empty: there is no backup yet/],
    [['readme.txt'], /has files, but no backup/],
    [['readme.txt', dlist('laptop')], /no backup with the prefix "duplicati", but with "laptop"/]
  ])('%j has nothing to read', async (names, message) => {
    const { backend, found } = await survey(...names)
    expect(() => assertFound(backend, found, 'duplicati')).toThrow(
      expect.objectContaining({ code: 'BACKUP_NOT_FOUND', message: expect.stringMatching(message) })
    )
  })
  test('a place that does not exist is missing, not an error yet', async () => {
    await using backend = await openDestination(join(temporaryFolder(), 'none'))
    const found = await surveyDestination(backend, 'duplicati')
    expect(found.isMissing).toBe(true)
    expect(() => assertFound(backend, found, 'duplicati')).toThrow(/There is nothing at/)
  })
  test('a file in the place of the folder is an error', async () => {
    const path = join(temporaryFolder(), 'file')
    writeFileSync(path, '')
    await using backend = await openDestination(path)
    await expect(surveyDestination(backend, 'duplicati')).rejects.toMatchObject({
      code: expect.stringMatching(/^STORAGE_/)
    })
  })
})

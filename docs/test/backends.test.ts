/** Every example of the page on backends is a URL that its backend understands, with options that it knows. */
import { readFileSync } from 'node:fs'
import * as path from 'node:path'
import { createAzureBackend, readAzureUrl } from '@tercet/backend-azure'
import { readBackendUrl } from '@tercet/backend-kit'
import { readRcloneUrl } from '@tercet/backend-rclone'
import { createS3Backend, readS3Url } from '@tercet/backend-s3'
import { readSmbUrl } from '@tercet/backend-smb'
import { readSwiftUrl } from '@tercet/backend-swift'
import type { BackendContext } from '@tercet/interface'
import { expect, test } from 'vitest'
import { backendOf, SCHEMES } from '../../packages/cli/src/backends.ts'

const page = readFileSync(path.resolve(import.meta.dirname, '../backends.md'), 'utf8')
const rows = page
  .slice(page.indexOf('## Providers'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/\| (Example|Destination) \|/.test(line))

/** The URLs of each row; one that begins with an ellipsis continues that of the row before. */
function examples(): [row: string, url: string][] {
  let before = ''
  return rows.flatMap((row) => {
    const urls = [...row.matchAll(/`(?:…(&[^`]+)|([a-z0-9]+:\/\/[^`]+))`/g)].map(([, more, url]) =>
      url === undefined ? before + (before.includes('?') ? more : more?.replace('&', '?')) : url
    )
    if (/^\| (?!…)/.test(row)) before = urls[0] ?? ''
    return urls
      .filter((url) => /^\w+:\/\/[^/]/.test(url))
      .map((url): [string, string] => [row.split(' | ')[0] ?? '', url])
  })
}

const CONTEXT: BackendContext = {
  credentials: { username: 'me', password: 'secret' },
  environment: { AZURE_STORAGE_KEY: 'a2V5' }
}

const READERS: Readonly<Record<string, (url: string) => unknown>> = {
  s3: (url) => createS3Backend(readS3Url(url, CONTEXT).backend),
  azure: (url) => createAzureBackend(readAzureUrl(url, CONTEXT).backend),
  openstack: (url) => readSwiftUrl(url, CONTEXT),
  rclone: (url) => readRcloneUrl(url, CONTEXT),
  smb: (url) => readSmbUrl(url, CONTEXT)
}

test('the page has an example for most providers', () => {
  expect(examples().length).toBeGreaterThan(35)
  expect(rows.filter((row) => !row.includes('`'))).toEqual([])
})

test.each(examples())('%s: %s', async (_, url) => {
  const scheme = new URL(url).protocol.slice(0, -1)
  expect(SCHEMES).toContain(scheme)
  const { options = [] } = (await backendOf(scheme)) ?? {}
  const read = READERS[scheme] ?? ((text: string) => readBackendUrl(text, CONTEXT, { options }))
  expect(read(url)).toBeDefined()
  expect(() => read(`${url}${url.includes('?') ? '&' : '?'}no-such-option=1`)).toThrow(/no-such-option/)
})

test('each package of the table is a package, with schemes that the program knows', () => {
  const named = [...page.matchAll(/^\| \[`(backend-[a-z0-9]+)`\]\(([^)]+)\) \| (.*?) \| /gm)]
  expect(named).toHaveLength(9)
  for (const [, name, folder = '', urls = ''] of named) {
    const manifest = path.resolve(import.meta.dirname, '..', folder, 'package.json')
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ name: `@tercet/${name}` })
    for (const [, scheme] of urls.matchAll(/([a-z0-9]+):\/\//g)) expect(SCHEMES).toContain(scheme)
  }
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { collect } from '@tercet/testkit-servers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizeByKey } from '../src/authorize-request.ts'
import { readBlobPage } from '../src/blob-page.ts'
import { createAzureBackend } from '../src/index.ts'

const page = (blobs: string, more = '<NextMarker />') =>
  `\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<EnumerationResults ServiceEndpoint="https://a/" ContainerName="c"><Prefix>p</Prefix><MaxResults>5</MaxResults><Blobs>${blobs}</Blobs>${more}</EnumerationResults>`
const blob = (name: string, properties = '') => `<Blob>${name}<Properties>${properties}</Properties></Blob>`

test('a page is read as the documentation has it', () => {
  const properties =
    '<Creation-Time>Thu, 01 Jan 2026 00:00:00 GMT</Creation-Time><Last-Modified>Fri, 02 Jan 2026 03:04:05 GMT</Last-Modified><Etag>0x8D&quot;1</Etag><Content-Length>123</Content-Length><AccessTier>Archive</AccessTier>'
  const folder = '<BlobPrefix><Name>folder/</Name></BlobPrefix>'
  expect(
    readBlobPage(
      page(folder + blob('<Name>a/b.zip</Name>', properties), '<NextMarker>2!8&amp;x--</NextMarker>')
    )
  ).toEqual({
    blobs: [
      {
        name: 'a/b.zip',
        contentLength: 123,
        lastModified: new Date('2026-01-02T03:04:05Z'),
        etag: '0x8D"1',
        accessTier: 'Archive'
      }
    ],
    next: '2!8&x--'
  })
})

test.each([
  ['<Name>a&amp;b &lt;c&gt; &quot;d&quot; &apos;e&apos; &#233;&#x1F600;</Name>', 'a&b <c> "d" \'e\' é😀'],
  ['<Name>100%25</Name>', '100%25'],
  ['<Name Encoded="true">bell%07%25&amp;</Name>', 'bell\u0007%&'],
  ['<Name>&amp;lt;</Name>', '&lt;'],
  ['<Name>&constructor;&#xFFFFFF;</Name>', '&constructor;&#xFFFFFF;']
])('the name %s', (xml, name) => {
  expect(readBlobPage(page(blob(xml)))?.blobs.map((each) => each.name)).toEqual([name])
})

test.each([
  '',
  '<html><EnumerationResults></EnumerationResults></html>',
  '{"list":[]}',
  page(blob('')),
  page(blob('<Name Encoded="true">%ZZ</Name>')),
  page(blob('<Name>a</Name>')).slice(0, -5)
])('what is no page is told: %j', (text) => {
  expect(readBlobPage(text)).toBeUndefined()
})

test('a page without blobs, and one without an end of its own', () => {
  expect(readBlobPage(page(''))).toEqual({ blobs: [], next: undefined })
  expect(readBlobPage(page('', '<NextMarker></NextMarker>'))).toEqual({ blobs: [], next: undefined })
  expect(readBlobPage(page('', ''))).toEqual({ blobs: [], next: undefined })
})

test('requests are signed over their headers and their query, in the order of their names', async () => {
  const authorize = authorizeByKey('account', Buffer.from('secret').toString('base64'))
  const request = {
    method: 'GET' as const,
    path: '/account/c',
    query: { restype: 'container', comp: 'list' }
  }
  const first = await authorize({
    ...request,
    headers: { 'x-ms-version': '1', 'x-ms-date': 'now', accept: '*' }
  })
  expect(first).toMatch(/^SharedKey account:[\w+/]{43}=$/)
  const turned = { comp: 'list', restype: 'container' }
  expect(
    await authorize({ ...request, query: turned, headers: { 'x-ms-date': 'now', 'x-ms-version': '1' } })
  ).toBe(first)
  expect(await authorize({ ...request, headers: { 'x-ms-version': '1', 'x-ms-date': 'then' } })).not.toBe(
    first
  )
})

const asked: string[] = []
let answer: (query: URLSearchParams) => string = () => ''
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  asked.push(`${pathname}?${searchParams}`)
  response.flushHeaders() // in chunks, and without a length
  response.end(answer(searchParams))
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => server.close())

const backendHere = () =>
  createAzureBackend({
    container: 'backups',
    account: 'a',
    sasToken: '?sv=1&sig=a%2Bb%3D',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`
  })

test('a whole blob where a part was asked for is no part; the size of a blob need not be told', async () => {
  await using backend = backendHere()
  answer = () => 'content'
  expect(Buffer.concat(await collect(backend.get('a'))).toString()).toBe('content')
  await expect(collect(backend.get('a', { offset: 2 }))).rejects.toMatchObject({
    code: 'STORAGE_UNEXPECTED',
    message: expect.stringContaining('ignores ranges')
  })
})

test('a signature goes into the URL of each page, and what is no listing is an error of its own', async () => {
  await using backend = backendHere()
  answer = (query) => {
    const isFirst = query.get('marker') === null
    const marker = isFirst ? '<NextMarker>one &amp; two</NextMarker>' : '<NextMarker/>'
    return page(blob(`<Name>${isFirst ? 'a' : 'b'}</Name>`), marker)
  }
  expect((await collect(backend.list({ under: 'c&d' }))).map(({ path }) => path)).toEqual([])
  expect((await collect(backend.list())).map(({ path }) => path)).toEqual(['a', 'b'])
  expect(asked.at(-2)).toBe(
    '/a/backups?sv=1&sig=a%2Bb%3D&restype=container&comp=list&maxresults=5000&prefix='
  )
  expect(asked.at(-1)).toBe(`${asked.at(-2)}&marker=one+%26+two`)
  answer = () => 'Welcome to the hotel'
  await expect(collect(backend.list())).rejects.toMatchObject({
    code: 'STORAGE_UNEXPECTED',
    message: expect.stringContaining('azure://backups (a) answers a listing with something else')
  })
})

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
let server: Server | undefined
beforeEach(() => {
  place = new Workplace()
  mkdirSync(place.path('primary'))
  for (const [name, text] of Object.entries(VOLUMES)) writeFileSync(join(place.path('primary'), name), text)
})
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
  server = undefined
  place[Symbol.dispose]()
})

const hex = (digit: string) => digit.repeat(32)
const VOLUMES = {
  [`duplicati-b${hex('1')}.dblock.zip`]: 'data',
  [`duplicati-i${hex('2')}.dindex.zip`]: 'index',
  'duplicati-20260101T000000Z.dlist.zip': 'list'
}
const ONCE = ['--backend-retries=1', '--retry=0', '--yes']

/** A WebDAV server of so many words. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `webdav://127.0.0.1:${(server.address() as { port: number }).port}`
}

function listing(folder: string, files: Readonly<Record<string, string>>): string {
  const entries = Object.entries(files).map(
    ([name, text]) =>
      `<d:response><d:href>${folder}/${name}</d:href><d:propstat><d:prop><d:resourcetype/><d:getcontentlength>${text.length}</d:getcontentlength></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
  )
  return `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>${folder}/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>${entries.join('')}</d:multistatus>`
}

const ANSWERS = { full: 507, readonly: 403 } as const

describe('a replica that fails is named, with its code and what to do; the others go on', () => {
  test.for([
    ['full', /^webdav:.*\/full.* was given up: .*\[SYNC_NO_SPACE\]\n {2}Make room/m],
    [
      'readonly',
      /^webdav:.*\/readonly.* was given up: .*\[SYNC_REPLICA_FAILED\]\n {2}Check the permissions/m
    ],
    [
      'denied',
      /^webdav:.*\/denied.* could not be listed: .*\[SYNC_LISTING_FAILED\]\n {2}Check .*credentials/m
    ],
    [
      'nobody',
      /^webdav:.*\/nobody.* could not be listed: .*\[SYNC_LISTING_FAILED\]\n {2}Run the same command again when/m
    ]
  ] as const)('%s', async ([how, told]) => {
    const base = await serve((request, response) => {
      request.resume()
      const [, folder = ''] = (request.url ?? '').split('/')
      if (folder === 'denied') response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      else if (request.method === 'PROPFIND')
        response.writeHead(207, { 'content-type': 'application/xml' }).end(listing(`/${folder}`, {}))
      else response.writeHead(ANSWERS[folder as keyof typeof ANSWERS] ?? 404).end()
    })
    const bad = how === 'nobody' ? 'webdav://127.0.0.1:1/nobody' : `${base}/${how}`
    const { exitCode, out } = await place.run('sync', place.path('primary'), bad, place.path('a'), ...ONCE)
    expect(out).toMatch(told)
    expect(out).toMatch(/^webdav:\S+ +FAILED/m)
    expect(out).toMatch(/\/a +current +3/)
    expect(exitCode).toBe(100)
    expect(readdirSync(place.path('a')).sort()).toEqual(Object.keys(VOLUMES).sort())
  })
})

test('a primary that changes again and again is given up with its code, and nothing was deleted', async () => {
  let turn = 0
  const files = () => ({ ...VOLUMES, [`duplicati-b${`${turn}`.padStart(32, '0')}.dblock.zip`]: 'more' })
  const base = await serve((request, response) => {
    request.resume()
    if (request.method === 'PROPFIND') {
      turn++
      response.writeHead(207, { 'content-type': 'application/xml' }).end(listing('/p', files()))
      return
    }
    const name = (request.url ?? '').split('/').at(-1) as string
    const text =
      Object.entries(files()).find(([one]) => one === name)?.[1] ?? (name.includes('-b0') ? 'more' : '')
    response.writeHead(200, { 'content-length': text.length }).end(text)
  })
  const { exitCode, out } = await place.run(
    'sync',
    `${base}/p`,
    place.path('a'),
    '--max-delete-percent=100',
    ...ONCE
  )
  expect(out).toMatch(/\/a: .*changed again and again.*\[SYNC_PRIMARY_CHANGED\]/)
  expect(exitCode).toBe(3)
  expect(readdirSync(place.path('a')).filter((name) => name.includes('.dlist.'))).toEqual([])
})

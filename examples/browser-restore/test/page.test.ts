import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { namesInListing } from '../page/listing.ts'
import { buildPage } from '../src/build-page.ts'

test('the page is as small as its README says, loads nothing, and runs nothing but itself', async () => {
  const { html, scriptBytes } = await buildPage()
  expect(scriptBytes.page).toBeLessThan(6 * 1024)
  expect(Buffer.byteLength(html)).toBeLessThan(500 * 1024)
  expect(gzipSync(html).length).toBeLessThan(184 * 1024)
  expect(html).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)=/)
  expect(html).toContain("default-src 'none'")
  expect(html).not.toMatch(/unsafe-/)
})

const base = new URL('https://example.org/b%C3%BCro/backup/')

test.each([
  [
    'Apache',
    `<table><tr><th><a href="?C=N;O=D">Name</a></th></tr><tr><td><a href="/b%c3%bcro/">Parent Directory</a></td></tr>
<tr><td><a href="duplicati-b12.dblock.zip">duplicati-b12..&gt;</a></td></tr><tr><td><a href='a%26b.txt'>a</a></td></tr></table>`
  ],
  [
    'nginx',
    '<h1>Index</h1><pre><a href="../">../</a>\n<a href="duplicati-b12.dblock.zip">d</a>\n<a href="a&amp;b.txt">a</a></pre>'
  ],
  [
    'WebDAV',
    `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/b%C3%BCro/backup/</D:href></D:response>
<D:response><D:href>/b%C3%BCro/backup/duplicati-b12.dblock.zip</D:href></D:response>
<D:response><D:href>https://example.org/b%C3%BCro/backup/a%26b.txt</D:href></D:response>
<D:response><D:href>https://elsewhere.org/b%C3%BCro/backup/c.txt</D:href></D:response></D:multistatus>`
  ],
  [
    'JSON objects',
    '[{"name":"duplicati-b12.dblock.zip","type":"file","size":3},{"name":"a&b.txt"},null,{"name":7}]'
  ],
  ['JSON names', ' ["duplicati-b12.dblock.zip","a&b.txt"]']
])('names in a listing of %s', (_, text) => {
  expect(namesInListing(text, base)).toEqual(['duplicati-b12.dblock.zip', 'a&b.txt'])
})

test.each([
  [
    'folders and paths',
    '<a href="sub/">s</a><a href="sub/file">f</a><a href="../up">u</a><a href="%2e%2e%2fup">v</a>'
  ],
  ['other schemes', '<a href="javascript:alert(1)">x</a><a href="data:text/plain,x">y</a>'],
  ['broken escapes', '<a href="%E0%A4%A">x</a><a href="unterminated'],
  ['a name in JSON with a slash', '["../x","a/b","","c\\\\d"]']
])('no name in %s', (_, text) => {
  expect(namesInListing(text, base)).toEqual([])
})

/** Names in a listing; none where it is said to be no listing. */
function namesOrNone(text: string): string[] {
  try {
    return namesInListing(text, base)
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining('The listing of the folder') })
    return []
  }
}

test('whatever a listing says, names in it lead nowhere else', () => {
  const pieces = [
    '<a href=',
    '"',
    "'",
    '>',
    '../',
    '%2e%2e',
    '%2f',
    '/',
    '\\',
    '%5c',
    '%00',
    'a',
    '&amp;',
    '&#47;',
    '//evil.org/'
  ]
  const more = [
    '[',
    ']',
    '{"name":',
    '}',
    ',',
    '<D:href>',
    '</D:href>',
    'javascript:',
    '?',
    '#',
    'https://example.org/b%C3%BCro/backup/'
  ]
  let state = 1
  const random = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % limit
  }
  let found = 0
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + random(24) }, () => [...pieces, ...more][random(26)]).join('')
    for (const name of namesOrNone(text)) {
      found++
      expect([text, name]).toEqual([text, expect.stringMatching(/^[^/\\\0]+$/)])
      expect(['.', '..']).not.toContain(name)
    }
  }
  expect(found).toBeGreaterThan(100)
})

test('a hostile listing takes time by its length alone', () => {
  for (const piece of ['<a ', 'href=', 'href="', 'href>', '&amp;', '<a href="x">']) {
    expect(namesInListing(piece.repeat(30_000), base).length).toBeLessThan(2)
  }
})

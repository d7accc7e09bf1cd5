/** The page in a real browser, against destinations that Duplicati wrote. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bytesAccess } from '@tercet/crypto'
import { openFixture } from '@tercet/testkit-data'
import { describeWith } from '@tercet/testkit-servers'
import { openZip } from '@tercet/volume-format'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPage } from '../src/build-page.ts'
import {
  type Browser,
  fillPickedFolder,
  launchBrowser,
  openPage,
  type Page,
  restoredFiles
} from './support/browser.ts'
import { type Site, startSite } from './support/site.ts'

/** Volumes that have to be unpacked or decrypted as a whole, in memory. */
const UNWRAPPED = ['tgz', 'gpg'] as const
const FIXTURES = ['plain-zip', 'aes-v2', 'zip-zstd', ...UNWRAPPED] as const

/** Path and SHA-256 of the files of a version. */
function expectedFiles(name: string, version: number): Record<string, string> {
  const files: Record<string, string> = {}
  for (const entry of openFixture(name).expectedTree(version)) {
    if (entry.type !== 'file') continue
    // The one name that browsers refuse, and that is no name in a zip archive.
    const path = entry.path.replace('quote"back\\slash\ttab.txt', 'quote_back_slash_tab.txt (renamed)')
    files[path] = entry.sha256!
  }
  return files
}

async function openWeb(page: Page, url: string, passphrase = ''): Promise<void> {
  await page.fill('#passphrase', passphrase)
  await page.fill('#url', url)
  await page.click('#web button')
}

async function chooseEverything(page: Page): Promise<void> {
  await page.waitForSelector('#tree > ul > li')
  for (const box of await page.locator('#tree > ul > li').locator('input[type=checkbox]').all())
    await box.check()
}

const status = (page: Page, text: RegExp) =>
  page.waitForFunction((source) => {
    const { document } = globalThis as unknown as {
      document: { getElementById(id: string): { textContent: string } }
    }
    return new RegExp(source).test(document.getElementById('status').textContent)
  }, text.source)

describeWith(['chromium', 'nginx'], 'in Chromium', () => {
  let site: Site
  let browser: Browser
  beforeAll(async () => {
    site = await startSite((await buildPage()).html, FIXTURES)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await site?.stop()
  })

  test('plain volumes from a web server that lists them: every file of the oldest version', async () => {
    const { page, errors } = await openPage(browser, `${site.url}restore.html`)
    await openWeb(page, `${site.url}plain-zip/`)
    const versions = openFixture('plain-zip').info.versions
    await status(page, new RegExp(`^${versions} versions`))
    expect(await page.locator('#versions option').count()).toBe(versions)
    await page.selectOption('#versions', String(versions - 1))
    await status(page, new RegExp(`^${versions} versions`))
    await chooseEverything(page)
    await page.click('#save')
    await status(page, /^Saved/)
    expect(await page.locator('#notes li.error').allTextContents()).toEqual([])
    expect(await page.locator('#notes li').count()).toBe(1)
    expect(await restoredFiles(page)).toEqual(expectedFiles('plain-zip', versions - 1))
    expect(errors).toEqual([])
    await page.close()
  })

  test('AES Crypt from a folder picker: no passphrase, a wrong one, the right one, one file', async () => {
    const { page, errors } = await openPage(browser, `${site.url}restore.html`)
    const { destination, info } = openFixture('aes-v2')
    await fillPickedFolder(page, `${site.url}aes-v2/`, readdirSync(destination))
    await page.click('#choose')
    await status(page, /enter its passphrase/)
    await page.fill('#passphrase', 'wrong')
    await page.click('#choose')
    await status(page, /CRYPTO_WRONG_PASSPHRASE/)
    expect(await page.isVisible('#backup')).toBe(false)
    await page.fill('#passphrase', info.passphrase!)
    await page.click('#choose')
    await status(page, /^4 versions/)
    const [name, hash] = Object.entries(expectedFiles('aes-v2', 0)).find(([path]) => !path.includes('/'))!
    await page.check(`input[aria-label=${JSON.stringify(name)}]`)
    await page.click('#save')
    await status(page, /^Saved 1 files/)
    expect(await restoredFiles(page)).toEqual({ [name]: hash })
    expect(errors).toEqual([])
    await page.close()
  })

  test('Zstandard, from a file on disk without any server, through an input element, as a zip archive', async () => {
    const { page, errors } = await openPage(
      browser,
      pathToFileURL(join(site.root, 'restore.html')).href,
      false
    )
    const { destination, info } = openFixture('zip-zstd')
    await page.fill('#passphrase', info.passphrase ?? '')
    await page.setInputFiles('#files', destination)
    await status(page, /versions/)
    await chooseEverything(page)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')])
    expect(download.suggestedFilename()).toBe('restored.zip')
    const zip = openZip(bytesAccess(new Uint8Array(readFileSync(await download.path()))))
    const found: Record<string, string> = {}
    for (let entry = 0; entry < zip.directory.count; entry++) {
      found[zip.name(entry)] = createHash('sha256').update(zip.read(entry, 1e9)).digest('hex')
    }
    expect(found).toEqual(expectedFiles('zip-zstd', 0))
    expect(errors).toEqual([])
    await page.close()
  })

  test.each(UNWRAPPED)('%s from a web server: every file of the newest version', async (name) => {
    const { page, errors } = await openPage(browser, `${site.url}restore.html`)
    await openWeb(page, `${site.url}${name}/`, openFixture(name).info.passphrase)
    await status(page, /versions/)
    await chooseEverything(page)
    await page.click('#save')
    await status(page, /^Saved/)
    expect(await restoredFiles(page)).toEqual(expectedFiles(name, 0))
    expect(errors).toEqual([])
    await page.close()
  })

  test('with a damaged dblock, what it harms is named and does not appear; the rest comes; listed as JSON', async () => {
    const { page } = await openPage(browser, `${site.url}restore.html`)
    const folder = join(site.root, 'plain-zip')
    const largest = readdirSync(folder)
      .filter((name) => name.includes('.dblock.'))
      .map((name) => ({ path: join(folder, name), bytes: readFileSync(join(folder, name)) }))
      .sort((a, b) => b.bytes.length - a.bytes.length)[0]!
    const harmed = Buffer.from(largest.bytes)
    for (let at = harmed.length >> 2; at < (harmed.length * 3) >> 2; at += 499) harmed[at]! ^= 1
    writeFileSync(largest.path, harmed)
    try {
      await openWeb(page, `${site.url}json/plain-zip/`)
      await status(page, /versions/)
      await chooseEverything(page)
      await page.click('#save')
      await status(page, /^Saved .* could not be restored/)
      const failed = (await page.locator('#notes li.error').allTextContents()).map(
        (text) => text.split(': ')[0]!
      )
      expect(failed.length).toBeGreaterThan(0)
      const restored = await restoredFiles(page)
      const expected = expectedFiles('plain-zip', 0)
      for (const path of failed) delete expected[path]
      expect(restored).toEqual(expected)
    } finally {
      rmSync(largest.path)
      writeFileSync(largest.path, largest.bytes)
    }
    await page.close()
  })

  test('a server that is not there, and a folder without a backup, are said', async () => {
    const { page } = await openPage(browser, `${site.url}restore.html`)
    await openWeb(page, `${site.url}nothing/`)
    await status(page, /the server says 404/)
    await openWeb(page, site.url)
    await status(page, /DESTINATION_NO_BACKUP/)
    await page.close()
  })
})

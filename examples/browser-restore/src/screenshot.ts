/** Takes the picture of the README: `npx node --conditions=@tercet/source examples/browser-restore/src/screenshot.ts` */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openFixture } from '@tercet/testkit-data'
import { fillPickedFolder, launchBrowser, openPage } from '../test/support/browser.ts'
import { startSite } from '../test/support/site.ts'
import { buildPage } from './build-page.ts'

const site = await startSite((await buildPage()).html, ['aes-v2'])
const browser = await launchBrowser()
try {
  const { page } = await openPage(browser, `${site.url}restore.html`)
  const { destination, info } = openFixture('aes-v2')
  await fillPickedFolder(page, `${site.url}aes-v2/`, readdirSync(destination))
  await page.fill('#passphrase', info.passphrase!)
  await page.click('#choose')
  await page.waitForSelector('#tree details')
  await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: the declarations of the browser are not those of this program
    const { document } = globalThis as any
    document.querySelectorAll('#tree details')[2].open = true
    for (const box of [...document.querySelectorAll('#tree input')].slice(2, 4)) box.click()
  })
  await page.waitForSelector('#tree details[open] li')
  await page.screenshot({ path: fileURLToPath(new URL('../screenshot.png', import.meta.url)) })
} finally {
  await browser.close()
  await site.stop()
}

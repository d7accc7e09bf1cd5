import { createRequire } from 'node:module'
import { programPath } from '@tercet/testkit-servers'

/** What the tests use of a page. The declarations of the package want those of the browser, which this program has not. */
export interface Page {
  addInitScript<Argument>(script: (argument: Argument) => void, argument: Argument): Promise<unknown>
  check(selector: string): Promise<void>
  click(selector: string): Promise<void>
  close(): Promise<void>
  evaluate<Result>(script: () => Promise<Result>): Promise<Result>
  evaluate<Result, Argument>(
    script: (argument: Argument) => Promise<Result>,
    argument: Argument
  ): Promise<Result>
  fill(selector: string, text: string): Promise<void>
  goto(url: string): Promise<unknown>
  isVisible(selector: string): Promise<boolean>
  locator(selector: string): Locator
  on(event: 'pageerror', listener: (error: Error) => void): void
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
  screenshot(options: { path: string }): Promise<unknown>
  selectOption(selector: string, value: string): Promise<unknown>
  setInputFiles(selector: string, path: string): Promise<void>
  textContent(selector: string): Promise<string | null>
  waitForEvent(event: 'download'): Promise<{ suggestedFilename(): string; path(): Promise<string> }>
  waitForFunction<Argument>(script: (argument: Argument) => unknown, argument: Argument): Promise<unknown>
  waitForSelector(selector: string): Promise<unknown>
}

interface Locator {
  all(): Promise<{ check(): Promise<void> }[]>
  allTextContents(): Promise<string[]>
  count(): Promise<number>
  first(): { click(): Promise<void> }
  locator(selector: string): Locator
}

export interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>
  close(): Promise<void>
}

interface Playwright {
  readonly chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> }
}

export function launchBrowser(): Promise<Browser> {
  const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright
  return chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] })
}

/**
 * A page whose pickers, which no program can use, answer with folders of the browser's own private file system: real
 * handles all the same.
 */
export async function openPage(
  browser: Browser,
  url: string,
  withPickers = true
): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width: 840, height: 980 } })
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.addInitScript((pickers) => {
    const target = globalThis as unknown as Record<string, unknown>
    if (!pickers) {
      delete target['showDirectoryPicker']
      delete target['showSaveFilePicker']
      target['showDirectoryPicker'] = undefined
      target['showSaveFilePicker'] = undefined
      return
    }
    const folder = async (name: string) => {
      const storage = (target['navigator'] as { storage: { getDirectory(): Promise<Folder> } }).storage
      return (await storage.getDirectory()).getDirectoryHandle(name, { create: true })
    }
    interface Folder {
      getDirectoryHandle(name: string, options: { create: boolean }): Promise<Folder>
      getFileHandle(name: string, options: { create: boolean }): Promise<unknown>
    }
    target['showDirectoryPicker'] = ({ mode }: { mode: string }) =>
      folder(mode === 'read' ? 'backup' : 'restored')
    target['showSaveFilePicker'] = async ({ suggestedName }: { suggestedName: string }) =>
      (await folder('restored')).getFileHandle(suggestedName, { create: true })
  }, withPickers)
  await page.goto(url)
  return { page, errors }
}

/** Path and SHA-256 of everything in the folder that restored files went to. */
export function restoredFiles(page: Page): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const found: Record<string, string> = {}
    // biome-ignore lint/suspicious/noExplicitAny: the declarations of the browser are not those of this program
    const visit = async (folder: any, path: string): Promise<void> => {
      for await (const [name, handle] of folder) {
        if (handle.kind === 'directory') await visit(handle, `${path}${name}/`)
        else {
          const hash = await crypto.subtle.digest('SHA-256', await (await handle.getFile()).arrayBuffer())
          found[path + name] = Array.from(new Uint8Array(hash), (byte) =>
            byte.toString(16).padStart(2, '0')
          ).join('')
        }
      }
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const root = await (navigator as any).storage.getDirectory()
    await visit(await root.getDirectoryHandle('restored', { create: true }), '')
    return found
  })
}

/** Puts the files of a folder of the server where the folder picker finds them. */
export async function fillPickedFolder(page: Page, url: string, names: readonly string[]): Promise<void> {
  await page.evaluate(
    async ([from, files]) => {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const root = await (navigator as any).storage.getDirectory()
      const folder = await root.getDirectoryHandle('backup', { create: true })
      for (const name of files) {
        const writable = await (await folder.getFileHandle(name, { create: true })).createWritable()
        await writable.write(await (await fetch(from + name)).blob())
        await writable.close()
      }
    },
    [url, names] as const
  )
}

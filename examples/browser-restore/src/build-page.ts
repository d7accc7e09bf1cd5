import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const page = (name: string) => fileURLToPath(new URL(`../page/${name}`, import.meta.url))

export interface BuiltPage {
  readonly html: string
  /** Bytes of JavaScript in it, all packages included. */
  readonly scriptBytes: { readonly page: number; readonly worker: number }
}

/**
 * Makes the page: one HTML file with style, page and worker in it, which needs no server and loads nothing. Its policy
 * lets nothing run but these very scripts, so that a name in a backup can do no harm even if it came to be markup.
 */
export async function buildPage(): Promise<BuiltPage> {
  const [script, worker] = await Promise.all([bundled('main.ts'), bundled('worker.ts')])
  const style = readFileSync(page('style.css'), 'utf8')
  const policy = [
    `default-src 'none'`,
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    'worker-src blob:',
    'connect-src http: https: blob:',
    `form-action 'none'`,
    `base-uri 'none'`
  ].join('; ')
  const parts: Record<string, string> = {
    POLICY: `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    STYLE: `<style>${style}</style>`,
    SCRIPTS: `<script id="worker" type="text/plain">${worker}</script>\n<script>${script}</script>`
  }
  const template = readFileSync(page('index.html'), 'utf8')
  const html = template.replace(/<!-- ([A-Z]+) -->/g, (_, name: string) => parts[name]!)
  return { html, scriptBytes: { page: Buffer.byteLength(script), worker: Buffer.byteLength(worker) } }
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [page(entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    conditions: ['@tercet/source', 'browser'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent'
  })
  return outputFiles[0]!.text.trimEnd()
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

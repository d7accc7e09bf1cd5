import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildPage } from './build-page.ts'

const folder = fileURLToPath(new URL('../dist/', import.meta.url))
const { html, scriptBytes } = await buildPage()
mkdirSync(folder, { recursive: true })
writeFileSync(`${folder}restore.html`, html)
console.log(
  `dist/restore.html: ${html.length} bytes (page ${scriptBytes.page}, worker ${scriptBytes.worker})`
)

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder with sources; removed when it is disposed. */
export class Workplace implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tercet-sdk-'))
  readonly source = this.path('source')
  readonly catalogPath = this.path('catalog.sqlite')

  constructor() {
    mkdirSync(this.source)
    this.write('a.txt', 'alpha')
    this.write('sub/b.txt', 'beta')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string | Uint8Array): void {
    const path = join(this.source, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

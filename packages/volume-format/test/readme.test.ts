import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openFixture } from '@tercet/testkit-data'
import { afterAll, describe, expect, test } from 'vitest'

/** The programs lie in the package for a moment, so that they find what they import. */
const folder = mkdtempSync(fileURLToPath(new URL('readme-', import.meta.url)))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(['volume-format', 'crypto'])('README of %s', (name) => {
  const readme = readFileSync(new URL(`../../${name}/README.md`, import.meta.url), 'utf8')
  const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(
    ([, program], i) => [i, program ?? ''] as const
  )

  test('has programs', () => {
    expect(programs.length).toBeGreaterThanOrEqual(2)
  })

  test.each(programs)('program %i works', (i, program) => {
    const file = join(folder, `${name}-${i}.ts`)
    writeFileSync(file, program)
    const { destination, info } = openFixture('aes-v2')
    const result = spawnSync(process.execPath, ['--conditions=@tercet/source', file, destination], {
      encoding: 'utf8',
      env: { ...process.env, PASSPHRASE: info.passphrase }
    })
    expect(result.stderr).toBe('')
    expect(result.status).toBe(0)
    expect(result.stdout).not.toBe('')
  })
})

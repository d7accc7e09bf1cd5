import { readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { runUntilCrash } from '@tercet/testkit-faults'
import { expect, test } from 'vitest'
import { createFileBackend } from '../src/index.ts'
import { list, read } from './sources.ts'

const PROGRAM = fileURLToPath(new URL('./crash-program.ts', import.meta.url))
const EXEC_ARGV = ['--conditions=@tercet/source', '--disable-warning=ExperimentalWarning']

test('a program killed after any step of a put leaves the old or the new content, and no rubbish after the next put', async () => {
  const outcomes: string[] = []
  for (let step = 1; outcomes.at(-1) !== 'finished'; step++) {
    await using folder = await createTemporaryFolder()
    writeFileSync(folder.join('volume'), 'old')
    const { outcome, stderr } = await runUntilCrash(PROGRAM, [folder.path], step, { execArgv: EXEC_ARGV })
    expect({ outcome, stderr }).toMatchObject({ outcome: expect.stringMatching(/^(killed|finished)$/) })
    outcomes.push(outcome)
    await using backend = createFileBackend({ path: folder.path })
    expect(await list(backend)).toEqual(['volume'])
    const content = await read(backend, 'volume')
    expect(outcome === 'finished' ? ['new content'] : ['old', 'new content']).toContain(content)
    await backend.put('next', { size: 0, async *open() {} })
    expect(readdirSync(folder.path).sort()).toEqual(['next', 'volume'])
  }
  expect(outcomes.length).toBeGreaterThan(4)
})

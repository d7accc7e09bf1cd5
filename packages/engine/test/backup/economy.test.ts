import { observed } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { createBackupWorld } from '../support/backup-world.ts'

/** Calls, statements, commits and events of a first backup of so many files and of an unchanged one after it. */
async function costOf(files: number) {
  const calls = new Map<string, number>()
  await using world = await createBackupWorld({
    layer: (inner) =>
      observed(inner, ({ name }, moment) => {
        if (moment === 'before') calls.set(name, (calls.get(name) ?? 0) + 1)
      })
  })
  for (let index = 0; index < files; index++) world.write(`${index % 4}/${index}`, `content ${index}`)
  const measure = async () => {
    const statements = world.catalog.statementCount
    const commits = world.catalog.commitCount
    calls.clear()
    let events = 0
    const result = await world.backUp({ blockSizeBytes: 100 * 1024, onEvent: () => events++ })
    return {
      result,
      statements: world.catalog.statementCount - statements,
      commits: world.catalog.commitCount - commits,
      puts: calls.get('put') ?? 0,
      calls: [...calls.values()].reduce((sum, count) => sum + count, 0),
      events
    }
  }
  return { first: await measure(), unchanged: await measure() }
}

describe('what a backup costs', () => {
  it('grows with the number of batches, not of files', async () => {
    const few = await costOf(100)
    const many = await costOf(900)
    expect(many.first.result.addedFiles).toBe(900)
    expect(few.first.puts).toBe(3)
    for (const key of ['puts', 'commits', 'calls', 'events'] as const)
      expect(many.first[key], key).toBe(few.first[key])
    // Rows go into the catalog 64 at a time.
    expect(many.first.statements - few.first.statements).toBeLessThan(800 / 16)
    expect(many.unchanged.result.examinedFiles).toBe(900)
    for (const key of ['puts', 'commits', 'statements', 'calls', 'events'] as const)
      expect(many.unchanged[key], key).toBe(few.unchanged[key])
    expect(many.unchanged.puts).toBe(0)
  })
})

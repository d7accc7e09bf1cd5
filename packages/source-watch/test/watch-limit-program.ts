// Run where the system allows 50 watches: watches a tree of more folders, changes a file in each, and prints what it heard.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openChangeJournal } from '../src/index.ts'
import { missedBy } from './coverage.ts'
import { differences, snapshot } from './tree.ts'

const [root, store] = process.argv.slice(2) as [string, string]
const issues: string[] = []
await using journal = await openChangeJournal({
  roots: [root],
  store,
  onIssue: ({ code }) => issues.push(code)
})
const first = await journal.changes()
await journal.settle(first.cursor, 'one')
const before = snapshot(root)
for (let count = 0; count < 60; count++) writeFileSync(join(root, `${count}`, 'file'), '')
const second = await journal.changes()
const missed = missedBy(second, differences(before, snapshot(root)))
const reasons = (set: typeof first) => set.unknown.map(({ reason }) => reason)
console.log(JSON.stringify({ issues, first: reasons(first), second: reasons(second), missed }))

import { formatBytes } from '../plan/format-plan.ts'
import type { HealFile, HealPlan } from './heal-plan.ts'

const BECAUSE: Readonly<Record<HealFile['evidence'], string>> = {
  recorded: ', which is what was stored',
  verified: ', which can be opened and is whole',
  ledger: ', which is what was put',
  agreement: '',
  none: ''
}

/** A plan for people, line by line: what is wrong where, from where it comes and why, and what cannot be mended. */
export function formatHealPlan({ files, checked, issues }: HealPlan): string[] {
  const copies = files.reduce((sum, { to }) => sum + to.length, 0)
  return [
    `${checked.files} files looked at, ${formatBytes(checked.bytes)} read; ${copies} ${copies === 1 ? 'copy' : 'copies'} to mend`,
    ...files.flatMap((file) =>
      file.to.map(
        (place) =>
          `  ${file.path} is ${file.copies[place]} at ${place}: from ${file.from}${BECAUSE[file.evidence]}`
      )
    ),
    ...issues.map(({ code, message }) => `  ! ${message} [${code}]`)
  ]
}

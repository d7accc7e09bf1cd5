/** The least that answers the runner of the vectors: knows names, and takes every destination for one without a backup. */
import { text } from 'node:stream/consumers'

const TYPE =
  /^duplicati-(?:[bi][0-9A-Fa-f]+|\d{8}T\d{6}Z)\.(dblock|dindex|dlist)\.[^.]+(?:\.(?!par2$)[^.]+)?$/
const question = JSON.parse(await text(process.stdin))

function typeOf(name: string): string {
  if (/\.par2$/i.test(name)) return 'parity'
  if (name === 'duplicati-verification.json') return 'verification'
  return TYPE.exec(name)?.[1] ?? 'other'
}

const answer = question.kind === 'names' ? { names: question.names.map(typeOf) } : { error: 'no-backup' }
console.log(JSON.stringify(answer))

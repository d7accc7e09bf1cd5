import { HINTS } from '../../packages/cli/src/hints.ts'
import { documentedCodes } from './error-codes.ts'
import { documentedEvents } from './event-types.ts'

const MADE = 'Made from the code by `npm run reference`. Do not edit.'

/** docs/reference/errors.md */
export function errorsReference(root: string): string {
  const codes = documentedCodes(root)
  const sections = [...new Set(codes.map((code) => code.package))].map((name) => {
    const rows = codes
      .filter((code) => code.package === name)
      .map(
        ({ code, meaning }) => `| \`${code}\` | ${cell(meaning ?? '')} | ${cell(HINTS[code]?.hint ?? '')} |`
      )
    return `## @tercet/${name}\n\n| Code | Meaning | What to do on the command line |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Error and issue codes

${MADE}

Every error is a \`TercetError\` with a \`code\`; match on it, not on the message. \`retry\` says whether the same call may
succeed later, \`context\` holds facts that are safe to log. Issues in results carry codes of the same kind. Codes change
only in a major version. Wrong types of arguments are \`TypeError\` or \`RangeError\`; an abort rejects with the reason of
its signal.

${sections.join('\n')}`
}

/** docs/reference/events.md */
export function eventsReference(root: string): string {
  const rows = documentedEvents(root).map(({ type, meaning, fields }) => {
    const list = fields.map((field) => `\`${field.name}\`: ${cell(field.type)}`).join('<br>')
    return `| \`${type}\` | ${cell(meaning)} | ${list} |`
  })
  return `# Events

${MADE}

\`onEvent\` gets plain JSON; numbers are totals of the operation so far, never increments. It is for display: it is not
awaited, and an error in it does not affect the operation. \`tercet --json\` prints each event as one line and ends with
the result. Types of events change only in a major version; new types and new fields may come in any version.

| Event | Meaning | Fields |
|---|---|---|
${rows.join('\n')}
`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

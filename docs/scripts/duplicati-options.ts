import { ownOptionsOf } from '../../packages/cli/src/command-spec.ts'
import { COMMANDS } from '../../packages/cli/src/commands.ts'
import { ARCHIVE_OPTIONS } from '../../packages/sdk/src/settings/archive-options.ts'
import { DUPLICATI_OPTIONS, type DuplicatiOption } from '../../packages/sdk/src/settings/duplicati-options.ts'
import { SETTINGS } from '../../packages/sdk/src/settings/settings-table.ts'

/** Options that Duplicati does not have. */
export const OWN_OPTIONS: readonly string[] = [
  'ask-for-archived',
  'bits',
  'block-share',
  'break-lease',
  'changed-files-from',
  'changed-since-watch',
  'compare-by',
  'compression',
  'confirm',
  'content',
  'copies',
  'deleted-files-from',
  'dst-options',
  'encrypt-key',
  'full-scan-every',
  'immutable',
  'jobs',
  'journal',
  'json',
  'lease',
  'local-blocks',
  'max-age',
  'max-behind',
  'max-blocksize',
  'max-delay',
  'max-download',
  'max-unverified-age',
  'measure',
  'media',
  'min-interval',
  'next',
  'offsite',
  'passphrase-file',
  'patch-in-place',
  'quiet-time',
  'record-only',
  'remote-sync-config',
  'replica',
  'restore-file',
  'samples',
  'source',
  'verify-depth',
  'watch-method',
  'with-secrets',
  'without-source',
  'workers'
]

/** docs/reference/duplicati-options.md */
export function duplicatiReference(): string {
  const known = understoodOptions()
  const rows = [...known]
    .filter(([option]) => !OWN_OPTIONS.includes(option))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([option, setting]) => `| \`--${option}\` | ${setting === undefined ? '' : `\`${setting}\``} |`)
  const needless = DUPLICATI_OPTIONS.filter((entry) => entry.needless === true || entry.only !== undefined)
  const refused = DUPLICATI_OPTIONS.filter((entry) => entry.needless !== true)
  return `# Options of Duplicati

Made from the code by \`npm run reference\`. Do not edit.

Commands and options have the names that they have in Duplicati, so a command line or a file of parameters that was
written for it mostly works here. No option is dropped in silence: each one is understood, taken with a notice since
what it is for happens anyway, or refused with the reason before anything is done. Options of a store (\`--s3-…\`,
\`--use-ssl\`, …) are those of its backend: \`tercet help <scheme>\`.

Booleans are strict, other than in Duplicati: \`1 on true yes\` and \`0 off false no\`; any other text is an error. Values
of \`--time\` lie in the past: \`2M\` is two months ago.

## Understood

What they do is told in [commands and options](options.md).

| Option | Setting in the API |
|---|---|
${rows.join('\n')}

## Taken without effect

\`tercet\` says so, on the standard error output or as an event \`notice\`, and goes on.

| Option | Why it is not needed |
|---|---|
${needless.map(needlessRow).join('\n')}

## Refused

The error is \`CONFIG_UNSUPPORTED\`, with the exit code 200.

| Option | Why, and what to do |
|---|---|
${refused.map(refusedRow).join('\n')}
`
}

/** Every option that some command understands, with the setting that it sets. */
export function understoodOptions(): ReadonlyMap<string, string | undefined> {
  const known = new Map<string, string | undefined>()
  for (const { name, options } of SETTINGS) for (const { option } of options) known.set(option, name)
  for (const { option } of ARCHIVE_OPTIONS) known.set(option, 'compression')
  // Replication is a program of its own in Duplicati, with options of its own.
  for (const spec of COMMANDS.filter(({ name }) => name !== 'sync'))
    for (const { option } of ownOptionsOf(spec)) if (!known.has(option)) known.set(option, undefined)
  return known
}

function needlessRow({ option, only, reason }: DuplicatiOption): string {
  const texts = (only ?? []).map((text) => `\`--${option}=${text}\``).join(', ')
  return `| ${only === undefined ? `\`--${option}\`` : texts} | ${reason} |`
}

function refusedRow({ option, only, reason }: DuplicatiOption): string {
  return `| \`--${option}\`${only === undefined ? '' : ', any other value'} | ${reason} |`
}

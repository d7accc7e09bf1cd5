import type { SyncOption, SyncOptionScope, SyncOptionType } from './sync-option.ts'

const BOOLEAN = { kind: 'boolean' } as const
const DURATION = { kind: 'duration' } as const
const PAIRS = { kind: 'pairs' } as const
const SIZE = { kind: 'size', minimum: 1 } as const

const integer = (minimum: number, maximum?: number): SyncOptionType => ({ kind: 'integer', minimum, maximum })
const choice = (...choices: string[]): SyncOptionType => ({ kind: 'choice', choices })

const LOG_LEVELS = [
  'ExplicitOnly',
  'Profiling',
  'Verbose',
  'Retry',
  'Information',
  'DryRun',
  'Warning',
  'Error'
]

type Row = readonly [
  name: string,
  type: SyncOptionType,
  fallback: SyncOption['default'],
  description: string,
  aliases?: readonly string[]
]

const DESTINATION: readonly Row[] = [
  // Those of Duplicati's tool, with its defaults.
  [
    'auto-create-folders',
    BOOLEAN,
    true,
    'Make the folder of the destination where it is missing; never that of the primary'
  ],
  ['backend-retries', integer(0, 1000), 3, 'Attempts for each call, the first included; 0 means 1'],
  ['backend-retry-delay', { kind: 'milliseconds' }, 1000, 'Milliseconds between two attempts'],
  [
    'backend-retry-with-exponential-backoff',
    BOOLEAN,
    true,
    'Double the pause with each further attempt, up to a minute'
  ],
  ['retry', integer(0, 1000), 3, 'Further passes over the files that failed'],
  ['dry-run', BOOLEAN, false, 'Find out what would be done, and write nothing', ['d']],
  ['force', BOOLEAN, false, 'Send every file again, each replacing the old one at once', ['f']],
  ['retention', BOOLEAN, false, 'Rename what would be deleted or replaced'],
  [
    'verify-contents',
    { kind: 'contents' },
    'listing',
    'How deep files that look equal are compared: listing, checksum or download (true)'
  ],
  ['verify-get-after-put', BOOLEAN, false, 'Read each file back after it was sent'],
  ['progress', BOOLEAN, false, 'Show how far it is'],
  ['parse-arguments-only', BOOLEAN, false, 'Check the options, and do nothing'],
  ['dst-options', PAIRS, undefined, 'Options of the destination, key=value each'],
  ['global-options', PAIRS, undefined, 'Options of both sides, key=value each; those of one side win'],
  ['log-file', { kind: 'path' }, undefined, 'Write what happens to this file too'],
  ['log-level', choice(...LOG_LEVELS), 'Information', 'How much is written to the log'],
  // What Duplicati's tool does not have.
  ['retention-keep-time', DURATION, undefined, 'Delete renamed files that are older'],
  ['retention-keep-count', integer(1), undefined, 'Keep the renamed files of so many runs'],
  [
    'delete-order',
    choice('auto', 'after-copy', 'before-copy', 'interleaved'),
    'auto',
    'When files that the primary has no more are deleted'
  ],
  [
    'verify-mode',
    choice('checksum', 'download'),
    'download',
    'Whether a checksum of the provider is enough after a file was sent'
  ],
  ['verify-max-age', DURATION, undefined, 'Do not verify again what was verified within this time'],
  [
    'verify-budget',
    { kind: 'share' },
    undefined,
    'Most that is read to verify in one run: bytes, or a part such as 5%'
  ],
  [
    'test-files',
    integer(0, 10_000),
    0,
    'Read so many files of the destination back when it is equal, and check them'
  ],
  [
    'max-delete-percent',
    integer(0, 100),
    50,
    'Refuse to delete more of the files of a destination in one run'
  ],
  ['allow-empty-source', BOOLEAN, false, 'Delete even when the primary is empty or has no version'],
  ['allow-mass-delete', BOOLEAN, false, 'Delete even when that is most of the files, or every version'],
  ['mirror-all', BOOLEAN, false, 'Mirror every file of the folder, not only those of the backup'],
  ['adopt-destination', BOOLEAN, false, 'Take over a destination that holds the replica of another backup'],
  ['marker', BOOLEAN, false, 'Leave a file that tells what was replicated, and when'],
  ['concurrency-upload', integer(1, 64), 4, 'Files that are sent at the same time'],
  ['concurrency-delete', integer(1, 64), 8, 'Files that are deleted at the same time'],
  ['throttle-upload', SIZE, undefined, 'Most bytes that are sent in a second']
]

const RUN: readonly Row[] = [
  ['concurrency-download', integer(1, 64), 4, 'Files that are read from the primary at the same time'],
  ['throttle-download', SIZE, undefined, 'Most bytes that are read from the primary in a second'],
  ['spool-max-size', SIZE, undefined, 'Most bytes on the local disk between primary and destinations'],
  [
    'sync-cache-max-size',
    { kind: 'size', minimum: 0 },
    0,
    'Bytes of volumes that a backup keeps until they are replicated; 0 keeps none'
  ],
  [
    'slow-destination',
    choice('detach', 'backpressure'),
    'detach',
    'Whether a slow destination goes on alone, or holds the others up'
  ]
]

const COMMAND: readonly Row[] = [
  ['confirm', BOOLEAN, false, 'Answer yes to every question', ['yes', 'y']],
  ['src-options', PAIRS, undefined, 'Options of the primary, key=value each']
]

/** Every option of replication. Configurations, their schema and command lines are made from it. */
export const SYNC_OPTIONS: readonly SyncOption[] = Object.freeze([
  ...rowsOf('destination', DESTINATION),
  ...rowsOf('run', RUN),
  ...rowsOf('command', COMMAND)
])

export function syncOptionsOf(scope: SyncOptionScope): readonly SyncOption[] {
  return SYNC_OPTIONS.filter((option) => option.scope === scope)
}

function rowsOf(scope: SyncOptionScope, rows: readonly Row[]): SyncOption[] {
  return rows.map(([name, type, fallback, description, aliases = []]) => ({
    name,
    property: name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    type,
    scope,
    default: fallback,
    description,
    aliases
  }))
}

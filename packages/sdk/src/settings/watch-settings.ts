import type { Setting } from './setting.ts'

/** When a watched backup makes versions. */
export const WATCH_SETTINGS: readonly Setting[] = [
  {
    name: 'quietTimeMs',
    type: { kind: 'duration' },
    default: '10s',
    operations: ['watch'],
    description: 'After a change, wait until nothing has happened for this long',
    options: [{ option: 'quiet-time', common: true }]
  },
  {
    name: 'maxDelayMs',
    type: { kind: 'duration' },
    default: '10m',
    operations: ['watch'],
    description: 'A change waits no longer than this',
    options: [{ option: 'max-delay', common: true }]
  },
  {
    name: 'minIntervalMs',
    type: { kind: 'duration' },
    default: '0',
    operations: ['watch'],
    description: 'Shortest time from one version to the next',
    options: [{ option: 'min-interval', common: true }]
  },
  {
    name: 'fullScanEveryMs',
    type: { kind: 'duration' },
    default: '1D',
    operations: ['watch', 'backup'],
    description: 'Look at everything this often, however sure the events are',
    options: [{ option: 'full-scan-every' }]
  },
  {
    name: 'journalPath',
    type: { kind: 'path' },
    default: 'beside the catalog',
    operations: ['watch', 'backup'],
    description: 'File of the journal of changes',
    options: [{ option: 'journal' }]
  },
  {
    name: 'recordOnly',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['watch'],
    description: 'Make no version; keep the record for runs with --changed-since-watch',
    options: [{ option: 'record-only', common: true }]
  },
  {
    name: 'watchMethod',
    type: { kind: 'choice', choices: ['fanotify', 'inotify'] },
    default: 'fanotify where it works',
    operations: ['watch'],
    description: 'Whole file systems, which needs an administrator, or folder by folder',
    options: [{ option: 'watch-method' }]
  },
  {
    name: 'changedSinceWatch',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['backup'],
    description: 'Look only at what a watcher has recorded, if its record is unbroken',
    options: [{ option: 'changed-since-watch' }]
  }
]

import type { Setting } from './setting.ts'

/** How a version is compared with the files as they are now. */
export const COMPARE_SETTINGS: readonly Setting[] = [
  {
    name: 'by',
    type: { kind: 'choice', choices: ['metadata', 'content'] },
    default: 'metadata',
    operations: ['compare'],
    description: 'With the files now: compare sizes and times, or read every file',
    options: [
      { option: 'compare-by' },
      {
        option: 'content',
        flag: 'content',
        common: true,
        description: 'With --source: read the files, do not trust sizes and times'
      }
    ]
  },
  {
    name: 'filters',
    type: { kind: 'filters' },
    operations: ['compare'],
    description: 'With the files now: rules in order; the first that matches a path decides',
    options: [
      { option: 'include', sign: '+', common: true, description: 'With --source: look at what matches' },
      { option: 'exclude', sign: '-', common: true, description: 'With --source: leave out what matches' }
    ]
  }
]

/** How many volumes are verified, and how thoroughly. */
export const VERIFY_SETTINGS: readonly Setting[] = [
  {
    name: 'version',
    type: { kind: 'integer', minimum: 0 },
    operations: ['verify'],
    description: 'Of all lists, verify only that of this version',
    options: [{ option: 'version', common: true }]
  },
  {
    name: 'time',
    type: { kind: 'time' },
    operations: ['verify'],
    description: 'Instead of a number: the newest version of then or before (2024-05-01, 2M)',
    options: [{ option: 'time' }]
  },
  {
    name: 'samples',
    type: { kind: 'samples' },
    default: '1',
    operations: ['verify'],
    description: 'Volumes of each class that are verified, those that were verified least first; or all',
    options: [{ option: 'samples' }]
  },
  {
    name: 'depth',
    type: { kind: 'choice', choices: ['content', 'hash'] },
    default: 'content',
    operations: ['verify'],
    description: 'Compare what volumes hold with the catalog, or their size and hash only',
    options: [
      {
        option: 'full-remote-verification',
        flag: 'content',
        off: 'hash',
        common: true,
        description: 'Compare what volumes hold with the catalog; =false: only size and hash'
      }
    ]
  },
  {
    name: 'blockShare',
    type: { kind: 'share' },
    default: '0.2, with all samples 1',
    operations: ['verify'],
    description: "Share of a volume's blocks that is unpacked and hashed",
    options: [
      { option: 'block-share' },
      { option: 'full-block-verification', flag: 1, common: true, description: 'Unpack and hash every block' }
    ]
  }
]

import type { Setting } from './setting.ts'

/** Which versions go when they are deleted by hand. */
export const DELETE_SETTINGS: readonly Setting[] = [
  {
    name: 'versions',
    type: { kind: 'versions' },
    operations: ['delete'],
    description: 'Numbers of versions that go, such as 3,5-7; 0 is the newest',
    options: [{ option: 'version', common: true }]
  },
  {
    name: 'time',
    type: { kind: 'time' },
    operations: ['delete'],
    description: 'Versions of then and before go (2024-05-01, 6M)',
    options: [{ option: 'time', common: true }]
  },
  ...rulesOf('delete')
]

/** Which versions go after each backup. */
export const RETENTION_SETTINGS: readonly Setting[] = rulesOf('backup')

function rulesOf(operation: 'backup' | 'delete'): readonly Setting[] {
  const common = operation === 'delete'
  return [
    {
      name: 'keepTime',
      type: { kind: 'text' },
      operations: [operation],
      description: 'Versions older than this go, such as 6M or 1Y; the newest complete one stays',
      options: [{ option: 'keep-time', common }]
    },
    {
      name: 'keepVersions',
      type: { kind: 'integer', minimum: 1 },
      operations: [operation],
      description: 'So many complete versions stay',
      options: [{ option: 'keep-versions', common }]
    },
    {
      name: 'retentionPolicy',
      type: { kind: 'text' },
      operations: [operation],
      description:
        'Thin out by age: 1W:1D,4W:1W,12M:1M keeps one a day for a week, one a week for 4, one a month',
      options: [{ option: 'retention-policy', common }]
    },
    {
      name: 'allowFullRemoval',
      type: { kind: 'boolean' },
      default: 'false',
      operations: [operation],
      description: 'The last complete version may go, too',
      options: [{ option: 'allow-full-removal' }]
    },
    {
      name: 'timeTolerance',
      type: { kind: 'boolean' },
      default: 'true',
      operations: [operation],
      description: 'Backups that start a little early or late do not change what stays',
      options: [
        {
          option: 'disable-time-tolerance',
          flag: false,
          description: 'Take ages exactly, however early or late a backup started'
        }
      ]
    }
  ]
}

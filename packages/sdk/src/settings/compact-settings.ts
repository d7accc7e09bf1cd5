import type { Setting, SettingOperation } from './setting.ts'

/** A compaction may follow these. */
const COMPACTING: readonly SettingOperation[] = ['compact', 'delete', 'purge', 'purgeBroken', 'backup']

/** When a compaction makes volumes anew; after each backup, or by hand. */
export const COMPACT_SETTINGS: readonly Setting[] = [
  {
    name: 'threshold',
    type: { kind: 'integer', minimum: 0, maximum: 100 },
    default: '25',
    operations: COMPACTING,
    description: 'Percent of waste from which on volumes are made anew',
    options: [{ option: 'threshold' }]
  },
  {
    name: 'smallVolumeBytes',
    type: { kind: 'size', unit: 'mb', minimum: 0 },
    default: 'a fifth of the volume size',
    operations: COMPACTING,
    description: 'Volumes of at most this size are small',
    options: [{ option: 'small-file-size' }]
  },
  {
    name: 'maxSmallVolumes',
    type: { kind: 'integer', minimum: 1 },
    default: '20',
    operations: COMPACTING,
    description: 'More small volumes than this are made into larger ones',
    options: [{ option: 'small-file-max-count' }]
  },
  {
    name: 'volumeSizeBytes',
    type: { kind: 'size', unit: 'mb', minimum: 1024 ** 2 },
    default: 'as backups',
    operations: ['compact', 'delete', 'purge', 'purgeBroken', 'repair'],
    description: 'Size of new volumes',
    options: [{ option: 'dblock-size' }, { option: 'remote-volume-size' }]
  },
  {
    name: 'maxDownloadBytes',
    type: { kind: 'size', unit: 'mb', minimum: 0 },
    default: 'no limit',
    operations: COMPACTING,
    description: 'Most that is fetched; volumes that give back the most for it come first',
    options: [{ option: 'max-download' }]
  },
  {
    name: 'autoCompact',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['delete', 'purge', 'purgeBroken', 'backup'],
    description:
      'Compact when versions were deleted, something was taken out of them, or small volumes have gathered',
    options: [
      {
        option: 'no-auto-compact',
        flag: false,
        description: 'Do not compact when something was deleted, or small volumes have gathered'
      }
    ]
  }
]

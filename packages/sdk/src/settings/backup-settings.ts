import type { Setting } from './setting.ts'

const HASHES = ['MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512']

/** Which entries of the source are taken; the same for a backup and for a trial of its filters. */
const SELECTION_SETTINGS: readonly Setting[] = [
  {
    name: 'filters',
    type: { kind: 'filters' },
    operations: ['backup', 'testFilters'],
    description: 'Rules in order; the first that matches a path decides',
    options: [
      { option: 'include', sign: '+', common: true, description: 'Take what matches; rules work in order' },
      { option: 'exclude', sign: '-', common: true, description: "Leave out what matches, such as '*.tmp'" }
    ]
  },
  {
    name: 'symlinkPolicy',
    type: { kind: 'choice', choices: ['store', 'follow', 'ignore'] },
    default: 'store',
    operations: ['backup', 'testFilters'],
    description: 'What becomes of symbolic links',
    options: [{ option: 'symlink-policy' }]
  },
  {
    name: 'hardlinkPolicy',
    type: { kind: 'choice', choices: ['all', 'first', 'none'] },
    default: 'all',
    operations: ['backup', 'testFilters'],
    description: 'Which names of a file with several are read',
    options: [{ option: 'hardlink-policy' }]
  },
  {
    name: 'ignoreFilenames',
    type: { kind: 'paths' },
    default: 'CACHEDIR.TAG',
    operations: ['backup', 'testFilters'],
    description: 'A folder that holds an entry of such a name is left out',
    options: [{ option: 'ignore-filenames' }]
  },
  {
    name: 'excludeAttributes',
    type: { kind: 'list' },
    operations: ['backup', 'testFilters'],
    description: 'Leave out entries with any of these attributes, such as Hidden',
    options: [{ option: 'exclude-files-attributes' }]
  },
  {
    name: 'honourExclusionAttributes',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['backup', 'testFilters'],
    description: 'Leave out entries that an extended attribute excludes',
    options: [
      {
        option: 'disable-backup-exclusion-xattr',
        flag: false,
        description: 'Take entries that an extended attribute excludes, too'
      }
    ]
  },
  {
    name: 'maxFileBytes',
    type: { kind: 'size', unit: 'mb', minimum: 1 },
    default: 'no limit',
    operations: ['backup', 'testFilters'],
    description: 'Leave out larger files',
    options: [{ option: 'skip-files-larger-than', common: true }]
  },
  {
    name: 'excludeEmptyFolders',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['backup', 'testFilters'],
    description: 'Leave out folders in which nothing is left',
    options: [{ option: 'exclude-empty-folders' }]
  }
]

/** What a backup does with what it takes. */
export const BACKUP_SETTINGS: readonly Setting[] = [
  ...SELECTION_SETTINGS,
  {
    name: 'missingSources',
    type: { kind: 'choice', choices: ['carry-over', 'allow', 'error'] },
    default: 'carry-over',
    operations: ['backup'],
    description:
      'A missing source keeps its entries of the version before (with or without a warning), or is refused',
    options: [
      { option: 'allow-missing-source', flag: 'allow', description: 'Do not warn of a missing source' },
      { option: 'abort-if-source-missing', flag: 'error', description: 'Refuse when a source is missing' }
    ]
  },
  {
    name: 'preventEmptySource',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['backup'],
    description: 'Refuse when a source folder is empty',
    options: [{ option: 'prevent-empty-source' }]
  },
  {
    name: 'changedFiles',
    type: { kind: 'path-list' },
    operations: ['backup'],
    description: 'Look at these paths only; the rest is as in the version before',
    options: [
      { option: 'changed-files' },
      { option: 'changed-files-from', listFile: true, description: 'File with these paths, one a line' }
    ]
  },
  {
    name: 'deletedFiles',
    type: { kind: 'path-list' },
    operations: ['backup'],
    description: 'Paths that are gone; needs changed files',
    options: [
      { option: 'deleted-files' },
      { option: 'deleted-files-from', listFile: true, description: 'File with these paths, one a line' }
    ]
  },
  {
    name: 'changeDetection',
    type: { kind: 'choice', choices: ['full', 'time-only', 'read-all'] },
    default: 'full',
    operations: ['backup'],
    description: 'When a known file is read: size, time or identity differ; the time differs; always',
    options: [
      { option: 'disable-filetime-check', flag: 'read-all', description: 'Read every file' },
      { option: 'check-filetime-only', flag: 'time-only', description: 'Equal time means unchanged' }
    ]
  },
  {
    name: 'storeMetadata',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['backup'],
    description: 'Store owner, mode, times and extended attributes',
    options: [
      { option: 'skip-metadata', flag: false, description: 'Do not store owner, mode, times and attributes' }
    ]
  },
  {
    name: 'uploadUnchanged',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['backup'],
    description: 'Store a version even when nothing changed',
    options: [{ option: 'upload-unchanged-backups' }]
  },
  {
    name: 'blockSizeBytes',
    type: { kind: 'size', unit: 'kb', minimum: 1024, maximum: 2 ** 31 - 1 },
    default: '1mb',
    operations: ['backup'],
    description: 'Size of blocks; fixed for the life of a destination',
    options: [{ option: 'blocksize' }]
  },
  {
    name: 'volumeSizeBytes',
    type: { kind: 'size', unit: 'mb', minimum: 1024 ** 2 },
    default: 'as before, at first 50mb',
    operations: ['backup'],
    description: 'Size of new volumes',
    options: [{ option: 'dblock-size', common: true }, { option: 'remote-volume-size' }]
  },
  {
    name: 'blockHash',
    type: { kind: 'choice', choices: HASHES },
    default: 'SHA256',
    operations: ['backup'],
    description: 'Hash of blocks; fixed for the life of a destination',
    options: [{ option: 'block-hash-algorithm' }]
  },
  {
    name: 'fileHash',
    type: { kind: 'choice', choices: HASHES },
    default: 'SHA256',
    operations: ['backup'],
    description: 'Hash of files and volumes; fixed for the life of a destination',
    options: [{ option: 'file-hash-algorithm' }]
  },
  {
    name: 'compression',
    type: { kind: 'compression' },
    default: 'zstd:1, or as the destination has it',
    operations: ['backup'],
    description: 'How new volumes are compressed: zstd:1…22, deflate:1…9 or none',
    options: [{ option: 'compression', common: true }]
  },
  {
    name: 'indexPolicy',
    type: { kind: 'choice', choices: ['full', 'lookup', 'none'] },
    default: 'full',
    operations: ['backup'],
    description: 'What index volumes hold',
    options: [{ option: 'index-file-policy' }]
  },
  {
    name: 'controlFiles',
    type: { kind: 'paths' },
    operations: ['backup'],
    description: 'Files that travel along with the list of files',
    options: [{ option: 'control-files' }]
  },
  {
    name: 'testSamples',
    type: { kind: 'integer', minimum: 0 },
    default: '1',
    operations: ['backup'],
    description: 'Sets of volumes that are verified after the backup; 0 none',
    options: [{ option: 'backup-test-samples', common: true }]
  },
  {
    name: 'testPercentage',
    type: { kind: 'percent' },
    default: '0.1',
    operations: ['backup'],
    description: 'Least share of the volumes that is verified after the backup, in percent',
    options: [{ option: 'backup-test-percentage' }]
  },
  {
    name: 'createDestination',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['backup'],
    description: 'Make the folder of the destination where it does not exist',
    options: [
      {
        option: 'disable-autocreate-folder',
        flag: false,
        description: 'Refuse a destination whose folder does not exist'
      }
    ]
  },
  {
    name: 'verifyListing',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['backup'],
    description: 'Compare the destination with the catalog before and after',
    options: [
      {
        option: 'no-backend-verification',
        flag: false,
        description: 'Do not compare the destination with the catalog, verify nothing'
      }
    ]
  },
  {
    name: 'uploadConcurrency',
    type: { kind: 'integer', minimum: 1, maximum: 64 },
    default: '4',
    operations: ['backup'],
    description: 'Volumes that are sent at the same time',
    options: [{ option: 'asynchronous-upload-limit' }]
  },
  {
    name: 'quotaBytes',
    type: { kind: 'size', unit: 'mb', minimum: 0 },
    default: 'no limit',
    operations: ['backup'],
    description: 'Most that the destination may hold',
    options: [{ option: 'quota-size' }]
  },
  {
    name: 'quotaWarningPercent',
    type: { kind: 'percent' },
    default: '10',
    operations: ['backup'],
    description: 'Warn when less is left than this share of what is used; 0 never',
    options: [{ option: 'quota-warning-threshold' }]
  },
  {
    name: 'askQuota',
    type: { kind: 'boolean' },
    default: 'true',
    operations: ['backup'],
    description: 'Ask the destination what room it has left, where it can tell',
    options: [
      {
        option: 'quota-disable',
        flag: false,
        description: 'Do not ask the destination what room it has left'
      }
    ]
  },
  {
    name: 'dryRun',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['backup', 'restore', 'delete', 'compact', 'purge', 'purgeBroken', 'repair'],
    description: 'Find out what would be done, and change nothing anywhere',
    options: [{ option: 'dry-run', common: true }, { option: 'dryrun' }]
  }
]

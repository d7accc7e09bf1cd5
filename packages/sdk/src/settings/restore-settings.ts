import type { Setting } from './setting.ts'

/** What a restore takes and where it writes. */
export const RESTORE_SETTINGS: readonly Setting[] = [
  {
    name: 'version',
    type: { kind: 'integer', minimum: 0 },
    default: '0',
    operations: ['restore', 'browse', 'locks'],
    description: 'Number of the version; 0 is the newest',
    options: [{ option: 'version', common: true }]
  },
  {
    name: 'time',
    type: { kind: 'time' },
    operations: ['restore', 'browse', 'locks'],
    description: 'Instead of a number: the newest version of then or before (2024-05-01, 2M)',
    options: [{ option: 'time', common: true }]
  },
  {
    name: 'filters',
    type: { kind: 'filters' },
    operations: ['restore'],
    description: 'Rules in order; the first that matches a path decides',
    options: [
      {
        option: 'include',
        sign: '+',
        common: true,
        description: 'Restore what matches; rules work in order'
      },
      { option: 'exclude', sign: '-', common: true, description: 'Leave out what matches' }
    ]
  },
  {
    name: 'skipFilesLargerThan',
    type: { kind: 'size', unit: 'mb', minimum: 1 },
    default: 'no limit',
    operations: ['restore'],
    description: 'Leave out larger files',
    options: [{ option: 'skip-files-larger-than' }]
  },
  {
    name: 'to',
    type: { kind: 'path' },
    default: 'the original places',
    operations: ['restore'],
    description: 'Folder to restore to',
    options: [{ option: 'restore-path', common: true }]
  },
  {
    name: 'toFile',
    type: { kind: 'path' },
    operations: ['restore'],
    description: 'New path of the one file that is restored',
    options: [{ option: 'restore-file' }]
  },
  {
    name: 'keepFullPaths',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['restore'],
    description: 'Keep whole paths below the folder, not only what differs',
    options: [{ option: 'dont-compress-restore-paths' }]
  },
  {
    name: 'overwrite',
    type: { kind: 'choice', choices: ['rename', 'overwrite', 'patch-in-place'] },
    default: 'rename',
    operations: ['restore'],
    description: 'What happens to a file that exists and differs',
    options: [
      {
        option: 'overwrite',
        flag: 'overwrite',
        common: true,
        description: 'Replace files that differ; else restored ones get a new name'
      },
      {
        option: 'patch-in-place',
        flag: 'patch-in-place',
        description: 'Write into files that differ, only what differs; unsafe when interrupted'
      }
    ]
  },
  {
    name: 'permissions',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['restore'],
    description: 'Restore owner and mode, too',
    options: [{ option: 'restore-permissions', common: true }]
  },
  {
    name: 'skipMetadata',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['restore'],
    description: 'Restore names, content and links only',
    options: [{ option: 'skip-metadata' }]
  },
  {
    name: 'useLocalBlocks',
    type: { kind: 'boolean' },
    default: 'false',
    operations: ['restore'],
    description: 'Take what the original files still hold from there',
    options: [{ option: 'restore-with-local-blocks' }]
  }
]

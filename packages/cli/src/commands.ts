import type { CommandSpec } from './command-spec.ts'
import { POLICY_OPTIONS } from './policy-options.ts'
import { SYNC_COMMAND_OPTIONS } from './sync-options.ts'

const ALL_VERSIONS = {
  option: 'all-versions',
  description: 'Look in all versions, not only in the newest',
  common: true
}

const JOBS_FILE = { option: 'jobs', value: 'file', description: 'File of jobs [tercet.json]', common: true }

const REPLICA = {
  option: 'replica',
  value: 'url',
  description: 'A further copy of the destination; may be given several times',
  repeatable: true,
  common: true
}

const REPLICA_OPTIONS = {
  option: 'dst-options',
  value: 'key=value',
  description: 'Options of the replicas, key=value each',
  repeatable: true
}

const ASK_FOR_ARCHIVED = {
  option: 'ask-for-archived',
  description: 'Ask the store for what is needed from cold storage, and restore nothing yet'
}

/** Every command. Names are those of Duplicati. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'backup',
    operationName: 'Backup',
    summary: 'Back up files and folders as a new version',
    arguments: ['<url>', '<source...>'],
    operations: ['open', 'backup'],
    example: "tercet backup file:///mnt/usb/laptop /home/ada --exclude='[cache]'",
    isHeavy: true,
    load: async () => (await import('./commands/backup.ts')).runBackup
  },
  {
    name: 'watch',
    operationName: 'Backup',
    summary: 'Back up what changes, when it changes, with all options of backup',
    arguments: ['<url or job>', '[source...]'],
    operations: ['open', 'backup', 'watch'],
    shows: ['open', 'watch'],
    ownOptions: [JOBS_FILE],
    example: 'tercet watch file:///mnt/usb/laptop /home/ada --quiet-time=1m',
    isHeavy: true,
    isRare: true,
    load: async () => (await import('./commands/watch.ts')).runWatch
  },
  {
    name: 'restore',
    operationName: 'Restore',
    summary: 'Restore a version, or what matches of it',
    arguments: ['<url>', '[path...]'],
    operations: ['open', 'restore'],
    ownOptions: [REPLICA, REPLICA_OPTIONS, ASK_FOR_ARCHIVED],
    example: "tercet restore file:///mnt/usb/laptop '*letters*' --restore-path=/tmp/out",
    isHeavy: true,
    load: async () => (await import('./commands/restore.ts')).runRestore
  },
  {
    name: 'list',
    operationName: 'List',
    summary: 'List the versions, or what matches in the newest one',
    arguments: ['<url>', '[path...]'],
    operations: ['open', 'browse'],
    ownOptions: [ALL_VERSIONS],
    example: "tercet list file:///mnt/usb/laptop '*.txt' --version=2",
    load: async () => (await import('./commands/list.ts')).runList
  },
  {
    name: 'find',
    operationName: 'List',
    summary: 'Find what matches in all versions, or in one',
    arguments: ['<url>', '[path...]'],
    operations: ['open', 'browse'],
    example: "tercet find file:///mnt/usb/laptop '*letters*'",
    load: async () => (await import('./commands/list.ts')).runFind
  },
  {
    name: 'list-filesets',
    operationName: 'ListFilesets',
    summary: 'List the versions',
    arguments: ['<url>'],
    operations: ['open'],
    example: 'tercet list-filesets file:///mnt/usb/laptop',
    isRare: true,
    load: async () => (await import('./commands/list.ts')).runListFilesets
  },
  {
    name: 'list-folder-content',
    operationName: 'ListFolder',
    summary: 'List what is directly in a folder of a version',
    arguments: ['<url>', '[folder]'],
    operations: ['open', 'browse'],
    example: 'tercet list-folder-content file:///mnt/usb/laptop /home/ada/',
    isRare: true,
    load: async () => (await import('./commands/list-folder-content.ts')).runListFolderContent
  },
  {
    name: 'list-file-versions',
    operationName: 'ListFileVersions',
    summary: 'List the versions of a file that differ',
    arguments: ['<url>', '<path...>'],
    operations: ['open'],
    example: 'tercet list-file-versions file:///mnt/usb/laptop /home/ada/letter.txt',
    isRare: true,
    load: async () => (await import('./commands/list-file-versions.ts')).runListFileVersions
  },
  {
    name: 'search-entries',
    operationName: 'SearchEntries',
    summary: 'Search for a part of a path in all versions',
    arguments: ['<url>', '<text...>'],
    operations: ['open', 'browse'],
    example: 'tercet search-entries file:///mnt/usb/laptop letter',
    isRare: true,
    load: async () => (await import('./commands/list.ts')).runSearch
  },
  {
    name: 'compare',
    operationName: 'ListChanges',
    summary: 'Tell what differs between versions, or from the files now',
    arguments: ['<url>', '[base]', '[other]'],
    operations: ['open', 'compare'],
    ownOptions: [
      { option: 'source', description: 'Compare one version with the files as they are now', common: true },
      { option: 'full-result', description: 'List every difference, not only the first', common: true }
    ],
    example: 'tercet compare file:///mnt/usb/laptop 1 0',
    load: async () => (await import('./commands/compare.ts')).runCompare
  },
  {
    name: 'test',
    operationName: 'Test',
    aliases: ['verify'],
    summary: 'Verify volumes: a number of samples, or all',
    arguments: ['<url>', '[samples|all]'],
    operations: ['open', 'verify'],
    ownOptions: [REPLICA, REPLICA_OPTIONS],
    example: 'tercet test file:///mnt/usb/laptop all',
    isHeavy: true,
    load: async () => (await import('./commands/test.ts')).runTest
  },
  {
    name: 'repair',
    operationName: 'Repair',
    summary: 'Mend catalog and destination from what still has the data',
    arguments: ['<url>'],
    operations: ['open', 'repair'],
    example: 'tercet repair file:///mnt/usb/laptop --replica=sftp://host/copy',
    isHeavy: true,
    load: async () => (await import('./commands/repair.ts')).runRepair
  },
  {
    name: 'delete',
    operationName: 'Delete',
    summary: 'Delete versions: by number, time, or rules of retention',
    arguments: ['<url>'],
    operations: ['open', 'delete'],
    example: 'tercet delete file:///mnt/usb/laptop --keep-versions=10 --dry-run',
    load: async () => (await import('./commands/delete.ts')).runDelete
  },
  {
    name: 'compact',
    operationName: 'Compact',
    summary: 'Give back the space of what no version needs',
    arguments: ['<url>'],
    operations: ['open', 'compact'],
    example: 'tercet compact file:///mnt/usb/laptop --threshold=10 --dry-run',
    isHeavy: true,
    load: async () => (await import('./commands/compact.ts')).runCompact
  },
  {
    name: 'purge',
    operationName: 'PurgeFiles',
    isRare: true,
    summary: 'Take files or folders out of versions',
    arguments: ['<url>', '[path...]'],
    operations: ['open', 'purge'],
    example: "tercet purge file:///mnt/usb/laptop '*/secret/*' --dry-run",
    isHeavy: true,
    load: async () => (await import('./commands/purge.ts')).runPurge
  },
  {
    name: 'purge-broken-files',
    operationName: 'PurgeBrokenFiles',
    isRare: true,
    summary: 'Take what cannot be restored any more out of versions',
    arguments: ['<url>'],
    operations: ['open', 'purgeBroken'],
    example: 'tercet purge-broken-files file:///mnt/usb/laptop --dry-run',
    isHeavy: true,
    load: async () => (await import('./commands/purge-broken-files.ts')).runPurgeBrokenFiles
  },
  {
    name: 'policy',
    action: 'check',
    summary: 'Tell whether the 3-2-1 rule holds, and why',
    arguments: ['<url|file>'],
    operations: ['open', 'policy'],
    ownOptions: POLICY_OPTIONS,
    example: 'tercet policy check file:///mnt/usb/laptop --remote-sync-config=sync.json',
    load: async () => (await import('./commands/policy.ts')).runPolicyCheck
  },
  {
    name: 'sync',
    operationName: 'Sync',
    summary: 'Make replicas of a destination, with one read of it',
    arguments: ['<url>', '<replica...>'],
    operations: ['sync'],
    ownOptions: SYNC_COMMAND_OPTIONS,
    example: 'tercet sync file:///mnt/usb/laptop s3://acme/laptop ssh://nas/backup',
    isHeavy: true,
    load: async () => (await import('./commands/sync.ts')).runSync
  },
  {
    name: 'heal',
    operationName: 'Heal',
    summary: 'Find which copies are wrong, and put the right bytes back',
    arguments: ['<url>'],
    operations: ['open'],
    ownOptions: [
      REPLICA,
      REPLICA_OPTIONS,
      { option: 'dry-run', description: 'Find out what would be done, and change nothing', common: true },
      {
        option: 'confirm',
        aliases: ['yes', 'y'],
        description: 'Answer yes to every question',
        common: true
      }
    ],
    example: 'tercet heal file:///mnt/usb/laptop --replica=s3://acme/laptop --dry-run',
    isHeavy: true,
    load: async () => (await import('./commands/heal.ts')).runHeal
  },
  {
    name: 'affected',
    operationName: 'ListAffected',
    summary: 'Tell which versions and files need a volume',
    arguments: ['<url>', '<volume...>'],
    operations: ['open'],
    example: 'tercet affected file:///mnt/usb/laptop duplicati-b….dblock.zip.aes',
    isRare: true,
    load: async () => (await import('./commands/affected.ts')).runAffected
  },
  {
    name: 'list-broken-files',
    operationName: 'ListBrokenFiles',
    summary: 'Tell which files cannot be restored any more, and why',
    arguments: ['<url>'],
    operations: ['open', 'browse'],
    example: 'tercet list-broken-files file:///mnt/usb/laptop',
    isRare: true,
    load: async () => (await import('./commands/list-broken-files.ts')).runListBrokenFiles
  },
  {
    name: 'set-locks',
    operationName: 'SetLocks',
    summary: 'Lock what a version needs, or all of them, where the store can',
    arguments: ['<url>'],
    operations: ['open', 'locks'],
    ownOptions: [{ ...ALL_VERSIONS, description: 'Lock what every version needs, not only the newest' }],
    example: 'tercet set-locks s3://acme/laptop --remote-file-lock-duration=30D',
    isRare: true,
    load: async () => (await import('./commands/set-locks.ts')).runSetLocks
  },
  {
    name: 'read-lock-info',
    operationName: 'ReadLockInfo',
    summary: 'Tell until when each volume is locked',
    arguments: ['<url>'],
    operations: ['open'],
    example: 'tercet read-lock-info s3://acme/laptop',
    isRare: true,
    load: async () => (await import('./commands/read-lock-info.ts')).runReadLockInfo
  },
  {
    name: 'test-filters',
    summary: 'Tell which files a backup would take, and why',
    arguments: ['<source...>'],
    operations: ['testFilters'],
    example: "tercet test-filters /home/ada --exclude='*.tmp'",
    isRare: true,
    load: async () => (await import('./commands/test-filters.ts')).runTestFilters
  },
  {
    name: 'run',
    summary: 'Run the jobs of a file, or some of them',
    arguments: ['[job...]'],
    operations: [],
    ownOptions: [JOBS_FILE],
    example: 'tercet run laptop --jobs=tercet.json',
    isHeavy: true,
    load: async () => (await import('./commands/run-jobs.ts')).runJobs
  },
  {
    name: 'schedule',
    summary: 'Run the jobs of a file whenever they are due, until it is stopped',
    arguments: [],
    operations: [],
    ownOptions: [
      JOBS_FILE,
      { option: 'next', description: 'Only tell when each job is due next', common: true }
    ],
    example: 'tercet schedule --jobs=tercet.json --next',
    isHeavy: true,
    isRare: true,
    load: async () => (await import('./commands/schedule.ts')).runScheduleCommand
  },
  {
    name: 'export-job',
    summary: 'Print a job of a file, without its secrets',
    arguments: ['<job>'],
    operations: [],
    ownOptions: [JOBS_FILE, { option: 'with-secrets', description: 'With its secrets', common: true }],
    example: 'tercet export-job laptop > laptop.json',
    isRare: true,
    load: async () => (await import('./commands/export-job.ts')).runExportJob
  },
  {
    name: 'import-job',
    summary: 'Add an exported job to a file, also one that Duplicati has exported',
    arguments: ['<file>', '[name]'],
    operations: [],
    ownOptions: [JOBS_FILE, { option: 'overwrite', description: 'Replace a job of this name', common: true }],
    example: 'tercet import-job duplicati-config.json laptop',
    isRare: true,
    load: async () => (await import('./commands/import-job.ts')).runImportJob
  },
  {
    name: 'backend-test',
    summary: 'Try out all that is asked of a store, in a folder of its own',
    arguments: ['<url>'],
    operations: ['open'],
    example: 'tercet backend-test s3://acme/laptop',
    isRare: true,
    load: async () => (await import('./commands/backend-test.ts')).runBackendTest
  },
  {
    name: 'backend-tool',
    summary: 'Do one thing with a store: list, get, put, delete, create-folder',
    arguments: ['<url>', '<what>', '[name...]'],
    operations: ['open'],
    example: 'tercet backend-tool s3://acme/laptop get duplicati-verification.json',
    isRare: true,
    load: async () => (await import('./commands/backend-tool.ts')).runBackendTool
  },
  {
    name: 'passphrase',
    summary: 'Make a passphrase that nobody can guess, or measure one',
    arguments: [],
    operations: [],
    ownOptions: [
      { option: 'bits', value: 'number', description: 'At least so many bits: 44 to 440 [88]', common: true },
      { option: 'measure', description: 'Measure the one in PASSPHRASE, or ask for it', common: true }
    ],
    example: 'tercet passphrase > passphrase.txt',
    isRare: true,
    load: async () => (await import('./commands/passphrase.ts')).runPassphrase
  },
  {
    name: 'system-info',
    summary: 'Tell versions and what this system can do',
    arguments: [],
    operations: [],
    example: 'tercet system-info --json',
    isRare: true,
    load: async () => (await import('./commands/system-info.ts')).runSystemInfo
  }
]

import { EXIT, type ExitCode } from './exit-code.ts'

export interface Hint {
  /** What to do; undefined where the message says it. */
  readonly hint?: string | undefined
  /** Where it differs from what the area of the code says: 200 for `CONFIG_` and `FILTER_`, else 100. */
  readonly exitCode?: ExitCode | undefined
}

const PASSPHRASE = 'Give it in PASSPHRASE, with --passphrase-file, or at the prompt.'
const REPAIR = 'Run "tercet repair <url>"; it makes the catalog anew from the destination.'
const VERIFY = 'Run "tercet test <url> all" to see what is damaged and which files need it.'

const OTHER_FORMAT =
  'Duplicati, which wrote it, can restore it. To go on with Tercet, begin a new backup at another destination.'

/** What a person can do about an error, by its code. */
export const HINTS: Readonly<Record<string, Hint>> = {
  STORAGE_INVALID_URL: { exitCode: EXIT.usage },
  STORAGE_UNKNOWN_SCHEME: { exitCode: EXIT.usage, hint: '"tercet help" lists the schemes of URLs.' },
  STORAGE_NOT_FOUND: { hint: 'Check the path of the destination, and that its disk is mounted.' },
  STORAGE_ACCESS_DENIED: { hint: 'Check the permissions of the folder, or the credentials.' },
  STORAGE_UNTRUSTED: {
    hint: 'Somebody may be in between. If not, give the authority or the fingerprint: "tercet help <scheme>".'
  },
  STORAGE_READ_ONLY: { hint: 'The destination can be read and restored from, but not backed up to.' },
  STORAGE_FULL: { hint: 'Make room at the destination and run the same command again; it continues.' },
  STORAGE_UNAVAILABLE: {
    hint: 'Run the same command again when the destination can be reached; it continues.'
  },
  STORAGE_TIMEOUT: {
    hint: 'Run the same command again; it continues. --read-write-timeout allows more time.'
  },
  STORAGE_ARCHIVED: { hint: '"tercet restore <url> --ask-for-archived" asks the store for what it needs.' },
  BACKUP_NOT_FOUND: { hint: 'Check the URL; a backup with names of its own needs --prefix.' },
  BACKUP_PASSPHRASE_MISSING: { hint: PASSPHRASE },
  BACKUP_PASSPHRASE_WRONG: { hint: 'Try again; nothing was changed.' },
  ENGINE_PASSPHRASE_MISSING: { hint: PASSPHRASE },
  ENGINE_PASSPHRASE_WRONG: { hint: 'Try again; nothing was changed.' },
  VOLUME_BLOCKSIZE_LIMIT: { hint: 'If that is so, say it: --max-blocksize=<size>.' },
  ENGINE_CATALOG_EMPTY: { hint: REPAIR },
  ENGINE_FOLDER_NOT_FOUND: { hint: 'Without a folder, the command lists the topmost ones of the version.' },
  ENGINE_VERSION_UNREADABLE: {
    hint: 'Another copy of the destination may have it whole; "tercet list <url>" shows the others.'
  },
  ENGINE_VOLUME_UNUSABLE: { hint: VERIFY },
  RESTORE_NOTHING_SELECTED: {
    hint: '"tercet find <url> <pattern>" shows what there is; \'*name*\' finds a part of a name.'
  },
  RESTORE_NO_SPACE: { hint: 'Make room, or restore to another disk with --restore-path.' },
  RESTORE_TARGET_UNUSABLE: { hint: 'Restore to another folder with --restore-path.' },
  RESTORE_FILE_LOST: { hint: VERIFY },
  RECREATE_NO_BACKUP: { hint: 'Check the URL; after an interrupted first backup, run that again.' },
  RECREATE_NO_VERSION_READABLE: {
    hint: 'Check the passphrase and the destination; another copy may be whole. Archived: restore --ask-for-archived.'
  },
  BACKUP_PASSPHRASE_UNEXPECTED: { hint: 'Unset PASSPHRASE, or give --no-encryption, for this destination.' },
  BACKUP_PARAMETER_CHANGED: { hint: 'Leave the option out; the destination knows its own value.' },
  BACKUP_CATALOG_MISMATCH: { hint: 'Give the right file with --dbpath, or leave it out.' },
  BACKUP_CATALOG_OUTDATED: { hint: REPAIR },
  BACKUP_CATALOG_UNFINISHED: { hint: REPAIR },
  BACKUP_VOLUMES_MISSING: { hint: VERIFY },
  BACKUP_DESTINATION_EMPTY: {
    hint: 'To begin anew there, give another catalog with --dbpath.'
  },
  RECREATE_DESTINATION_EMPTY: { hint: 'Check the URL, and that the disk of the destination is mounted.' },
  BLOCK_NOT_FOUND: { hint: 'Put the content again; only what is missing is stored.' },
  BLOCK_STORE_CLOSED: { hint: 'Open the block store again.' },
  BLOCK_STORE_MISMATCH: {
    hint: 'Open it with the settings that it was made with, or with a catalog of its own.'
  },
  ENGINE_CATALOG_OUTDATED: { hint: REPAIR },
  ENGINE_CATALOG_UNFINISHED: { hint: REPAIR },
  ENGINE_VOLUMES_MISSING: { hint: VERIFY },
  RETENTION_NO_SUCH_VERSION: { hint: '"tercet list <url>" shows which versions there are.' },
  RETENTION_REMOVES_EVERYTHING: {
    hint: 'Check the rules with --dry-run; --allow-full-removal deletes the last complete version, too.'
  },
  RETENTION_VERSION_HELD: { hint: 'Run the backup again, which ends the interrupted one; then delete.' },
  DELETE_PLAN_OUTDATED: { hint: 'Another run has changed the backup meanwhile; run the same command again.' },
  COMPACT_PLAN_OUTDATED: {
    hint: 'Another run has changed the backup meanwhile; run the same command again.'
  },
  COMPACT_LIVENESS_UNKNOWN: { hint: VERIFY },
  SOURCE_NONE: { hint: 'Check the paths of the sources, and that their disks are mounted.' },
  SOURCE_MISSING: { hint: 'Check that its disk is mounted, or leave out --abort-if-source-missing.' },
  SOURCE_FOLDER_EMPTY: { hint: 'Check that its disk is mounted, or leave out --prevent-empty-source.' },
  BACKUP_QUOTA_EXCEEDED: { hint: 'Raise --quota-size, or make room at the destination.' },
  JOB_FILE_INVALID: { exitCode: EXIT.usage },
  JOB_NOT_FOUND: { exitCode: EXIT.usage },
  LEASE_HELD: { hint: 'Wait until the other writer has ended. If it never will, give --break-lease.' },
  LEASE_LOST: { hint: 'Run the same command again; it continues with what is stored.' },
  CATALOG_LOCKED: { hint: 'Wait until the other run has ended, and try again.' },
  CATALOG_CORRUPT: {
    hint: 'Run "tercet repair <url>": it keeps the file under another name and makes a new one. No data is lost.'
  },
  CATALOG_FOREIGN: { hint: 'Give another file with --dbpath.' },
  CATALOG_TOO_NEW: { hint: 'Use the newer program, or make another catalog with --dbpath.' },
  CATALOG_FULL: { hint: 'Make room on the disk of the catalog, or put it elsewhere with --dbpath.' },
  CATALOG_IO: { hint: 'Check that file and its folder, or put the catalog elsewhere with --dbpath.' },
  CATALOG_READ_ONLY: { hint: 'Check its permissions, or put the catalog elsewhere with --dbpath.' },
  CATALOG_NO_SUCH_VOLUME: { hint: 'Volumes are named as the files at the destination are.' },
  SPOOL_FULL: { hint: 'Make room, or name a folder on another disk with --tempdir.' },
  SPOOL_FAILED: { hint: 'Name another folder with --tempdir.' },
  CATALOG_NO_SUCH_VERSION: { hint: '"tercet list <url>" shows which versions there are.' },
  SYNC_STATE_TOO_NEW: { hint: 'Use the newer program, or remove the file: every replica is due then.' },
  SYNC_NOT_CONFIRMED: { hint: 'Look at the plan with --dry-run, then run again with --yes.' },
  SYNC_GUARD_EMPTY_PRIMARY: { hint: 'Where the primary is meant to be empty: --allow-empty-source.' },
  SYNC_GUARD_MASS_DELETE: {
    hint: 'Look at it with --dry-run; then --allow-mass-delete or --max-delete-percent.'
  },
  SYNC_GUARD_PRIMARY_INCOMPLETE: { hint: REPAIR },
  SYNC_GUARD_OTHER_BACKUP: { hint: 'Where the replica is to be taken over: --adopt-destination.' },
  SYNC_NO_SPACE: {
    hint: 'Make room there and run again; it goes on. --delete-order=before-copy needs less.'
  },
  SYNC_NO_PREFIX: { hint: 'Choose a backup with --prefix, or mirror all files with --mirror-all.' },
  SYNC_LISTING_FAILED: { hint: 'Check its URL and credentials; the others were not harmed. Then run again.' },
  SYNC_PRIMARY_CHANGED: { hint: 'Run again when no backup writes to the primary.' },
  SYNC_PRIMARY_CORRUPT: { hint: 'Put the right bytes back with "tercet heal", then run again.' },
  SYNC_TEST_FAILED: {
    hint: 'Run it with --verify-contents=download; what is found to be wrong is put again.'
  },
  SYNC_UNDECIDED: { hint: '"tercet heal" tells which side is wrong, with the passphrase.' },
  SYNC_REPLICA_FAILED: { hint: 'Run the same command again; it goes on where it was.' },
  SYNC_COPY_FAILED: { hint: 'Run the same command again; it goes on where it was.' },
  SYNC_ARCHIVED: { hint: 'Ask the store to give the files back, and run again.' },
  CRYPTO_WRONG_PASSPHRASE: { hint: 'Try again; nothing was changed.' },
  CRYPTO_NO_PASSPHRASE: { hint: PASSPHRASE },
  VOLUME_HASH_MISMATCH: { hint: VERIFY },
  VOLUME_SIZE_MISMATCH: { hint: VERIFY },
  VOLUME_UNSUPPORTED_COMPRESSION: { hint: OTHER_FORMAT },
  VOLUME_UNSUPPORTED_ENCRYPTION: { hint: OTHER_FORMAT },
  WORKER_CRASHED: { hint: 'Try again with --workers=0; please report it if it happens again.' }
}

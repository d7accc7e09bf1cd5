/** An option of Duplicati that no setting stands for. One with `*` stands for all names that fit. */
export interface DuplicatiOption {
  readonly option: string
  /** It is taken without effect, as what it is for happens anyway; undefined: it is refused. */
  readonly needless?: true | undefined
  /** It is taken with these texts only, which ask for what happens anyway; any other is refused. */
  readonly only?: readonly string[] | undefined
  /** It is written with a value; a flag needs none. */
  readonly hasValue?: true | undefined
  /** Why it is not needed, or refused and what to do instead. One sentence without a full stop. */
  readonly reason: string
}

/** What such an option amounts to. */
export type DuplicatiVerdict =
  | { readonly kind: 'needless'; readonly entry: DuplicatiOption }
  | { readonly kind: 'refused'; readonly entry: DuplicatiOption }

const needless = (option: string, reason: string): DuplicatiOption => ({ option, needless: true, reason })
const value = (option: string, reason: string): DuplicatiOption => ({
  option,
  needless: true,
  hasValue: true,
  reason
})
const refused = (option: string, reason: string): DuplicatiOption => ({ option, reason })
const only = (option: string, texts: readonly string[], reason: string): DuplicatiOption => ({
  option,
  only: texts,
  hasValue: true,
  reason
})

const NO_REPORTS = 'reports tell the name of the machine and of the backup (--backup-name)'
const NO_CHAT = 'chat services are reached by their webhooks: --send-http-json-urls'
const NO_LOG = 'there is no log file; send the output of --json to one'
const NO_LOCKS = 'locks are asked of the store itself whenever they matter'
const WORKERS = 'one number of threads does for all stages; use --workers'
const NO_CACHE = 'a restore holds no volume in memory and fetches each one once'

/**
 * Every option of Duplicati without a setting of its own. None is dropped silently: it is refused with its reason, or
 * taken with a notice.
 */
export const DUPLICATI_OPTIONS: readonly DuplicatiOption[] = Object.freeze([
  refused('exclude-non-local-files', 'placeholders of cloud drives are not told apart; use --exclude'),
  only('usn-policy', ['off'], 'the journal of NTFS is not read; use --changed-files'),
  only('snapshot-policy', ['off'], 'snapshots are not made; make one and back that up'),
  needless('ignore-advisory-locking', 'advisory locks never keep a file from being read'),
  refused('photos-handling', 'libraries of photos are folders like any other; use --include and --exclude'),
  value('compression-extension-file', 'what does not compress is found out by a look at its content'),
  refused('new-passphrase', 'the passphrase of a destination cannot change; begin a new destination'),
  refused(
    'allow-passphrase-change',
    'the passphrase of a destination cannot change; begin a new destination'
  ),
  refused('parity-module', 'parity files are not written; those that are there are left alone'),
  refused(
    'asynchronous-upload-folder',
    'finished volumes wait in the folder of temporary files; use --tempdir'
  ),
  refused('disable-streaming-transfers', 'volumes are always sent and fetched as streams'),
  refused('throttle-disabled', 'leave --throttle-upload and --throttle-download out instead'),
  refused('throttle-disabled-backends', 'leave --throttle-upload and --throttle-download out instead'),
  refused('list-verify-uploads', 'the destination is listed once after all uploads, not after each'),
  refused('no-connection-reuse', 'connections are kept as long as the server keeps them'),
  refused('soft-delete-prefix', 'volumes are deleted, not renamed; use versioning of the store itself'),
  needless('prevent-backend-rename', 'volumes are never renamed at the destination'),
  refused('skip-file-hash-checks', 'what is fetched is always verified'),
  refused('case-insensitive-remote', 'names of volumes are compared as they are'),
  needless('dont-replace-faulty-index-files', 'a test replaces nothing at the destination'),
  refused('auto-cleanup', 'nothing is mended without being asked; use repair'),
  needless('repair-refresh-lock-info', NO_LOCKS),
  needless('refresh-lock-info-complete', NO_LOCKS),
  refused('auto-compact-interval', 'give --no-auto-compact, and run compact as often as it suits'),
  needless('auto-vacuum', 'the catalog keeps itself small'),
  value('auto-vacuum-interval', 'the catalog keeps itself small'),
  needless('rebuild-missing-dblock-files', 'a repair always looks for the blocks of lost volumes'),
  refused('disable-partial-dblock-recovery', 'what a repair finds again is always stored'),
  needless('reduced-purge-statistics', 'no statistics are made that would take time'),
  refused('repair-only-paths', 'a catalog is always made whole'),
  refused(
    'repair-force-block-use',
    'volumes of blocks are read where indexes are missing or damaged, and only then'
  ),
  refused(
    'repair-ignore-outdated-database',
    'repair takes in what the destination has and the catalog lacks'
  ),
  refused(
    'disable-synthetic-filelist',
    'what an interrupted run has stored always becomes a partial version'
  ),
  needless('disable-filelist-consistency-checks', 'what these checks are for is checked as entries are read'),
  needless('restore-symlink-metadata', 'links are restored with their metadata, times among them'),
  needless(
    'allow-restore-outside-target-directory',
    'links are restored as they were, wherever they point; nothing is ever written outside of the target'
  ),
  refused(
    'restore-all-files',
    'one version is restored at a time; use --version and --restore-path for each'
  ),
  value('restore-cache-*', NO_CACHE),
  value('restore-volume-*', NO_CACHE),
  value('restore-file-processors', WORKERS),
  value('restore-preallocate-size', 'restored files get their size first where that helps'),
  value('restore-channel-buffer-size', 'queues between stages have fixed limits'),
  needless('restore-legacy', 'there is one way to restore, which goes on after damage'),
  refused('skip-restore-verification', 'what is restored is always verified'),
  value('concurrency-*', WORKERS),
  refused('cpu-intensity', 'use --workers, or run the program with nice'),
  refused('thread-priority', 'run the program with nice'),
  refused('use-background-io-priority', 'run the program with ionice'),
  refused('allow-sleep', 'the program does not keep the system awake'),
  needless('disable-file-scanner', 'there is no second scan for counting'),
  needless('disable-on-battery', 'there is no scheduler that it could hold back'),
  refused('console-log-level', 'the output has one level; --json tells every event'),
  refused('log-level', 'the output has one level; --json tells every event'),
  refused('verbose', 'the output has one level; --json tells every event'),
  refused('log-file', NO_LOG),
  refused('log-file-log-level', NO_LOG),
  refused('*-log-filter', NO_LOG),
  refused('*-log-ignore', NO_LOG),
  refused('suppress-warnings', 'warnings always show in the exit code; look for their codes in --json'),
  value('log-retention', 'the catalog keeps no log'),
  only('secret-provider-cache', ['None', 'InMemory'], 'secrets are asked for once a run and kept nowhere'),
  value('run-script-result-output-format', 'the file with the result is always JSON'),
  value('run-script-log-level', 'the file with the result has every issue'),
  value('run-script-log-filter', 'the file with the result has every issue'),
  refused('send-http-url', 'use --send-http-json-urls or --send-http-form-urls'),
  value(
    'send-http-result-output-format',
    'JSON goes to --send-http-json-urls, text to --send-http-form-urls'
  ),
  value('send-http-log-level', 'a report has every warning and error'),
  value('send-mail-log-level', 'a report has every warning and error'),
  refused('send-xmpp-*', NO_CHAT),
  refused('send-telegram-*', NO_CHAT),
  value('machine-id', NO_REPORTS),
  value('machine-name', NO_REPORTS),
  value('backup-id', NO_REPORTS),
  value('next-scheduled-run', NO_REPORTS),
  refused('sync-remote-state', 'files are not mirrored as they are; a backup keeps versions'),
  refused('sync-then-delete', 'files are not mirrored as they are; a backup keeps versions'),
  refused('sync-verify-hash', 'files are not mirrored as they are; a backup keeps versions'),
  refused('sync-recheck', 'files are not mirrored as they are; a backup keeps versions'),
  needless('store-metadata-content-in-database', 'metadata that did not change is not read again'),
  value('long-database-query-threshold', 'the catalog has no queries that take so long'),
  needless('synchronous-upload', 'it has no effect in Duplicati either'),
  needless('disable-filepath-cache', 'it has no effect in Duplicati either'),
  value('file-read-buffer-size', 'it has no effect in Duplicati either'),
  needless('no-local-blocks', 'local blocks are used only with --restore-with-local-blocks'),
  refused('patch-with-local-blocks', 'use --restore-with-local-blocks')
])

/** The option of that name; undefined where Duplicati has none, or a setting stands for it. */
export function duplicatiOption(name: string): DuplicatiOption | undefined {
  return DUPLICATI_OPTIONS.find(({ option }) => patternOf(option).test(name))
}

/** What becomes of such an option with this text; without a text it is a flag. */
export function judgeDuplicatiOption(entry: DuplicatiOption, text: string | undefined): DuplicatiVerdict {
  const isAsked = entry.only?.some((known) => known.toLowerCase() === text?.toLowerCase()) === true
  return { kind: entry.needless === true || isAsked ? 'needless' : 'refused', entry }
}

function patternOf(option: string): RegExp {
  return new RegExp(`^${option.replaceAll('*', '[a-z0-9-]+')}$`)
}

/** What a script may know of the operation that it belongs to. */
export interface ScriptFacts {
  /** `BEFORE`, `POST-BACKUP` or `AFTER`. */
  readonly event: 'BEFORE' | 'POST-BACKUP' | 'AFTER'
  /** As Duplicati calls it: `Backup`, `Restore` … */
  readonly operation: string
  /** Of the destination, without credentials and options. */
  readonly remoteUrl?: string | undefined
  /** Sources, or the target of a restore. */
  readonly localPath?: string | undefined
  readonly backupName?: string | undefined
  readonly parsedResult?: string | undefined
  readonly resultFile?: string | undefined
  /** Options that are no secrets, by their names on the command line. */
  readonly options?: Readonly<Record<string, string>> | undefined
}

/** Of the variables of this process, those that programs need to work at all. What else there is may be a secret. */
const PASSED_ON = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TERM', 'TMPDIR', 'TEMP', 'TMP'],
  ...[
    'SystemRoot',
    'SystemDrive',
    'ComSpec',
    'PATHEXT',
    'USERPROFILE',
    'APPDATA',
    'LOCALAPPDATA',
    'ProgramData'
  ],
  ...[
    'XDG_RUNTIME_DIR',
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'DBUS_SESSION_BUS_ADDRESS',
    'DISPLAY',
    'SSH_AUTH_SOCK'
  ]
]

/** The environment of a script: facts by the names that Duplicati gives them, and nothing that is secret. */
export function scriptEnvironment(
  facts: ScriptFacts,
  environment: Readonly<Record<string, string | undefined>>
): Record<string, string> {
  const given: Record<string, string> = {}
  for (const [name, text] of Object.entries(environment))
    if (text !== undefined && (PASSED_ON.includes(name) || name.startsWith('LC_'))) given[name] = text
  for (const [option, text] of Object.entries(facts.options ?? {}))
    given[`DUPLICATI__${option.replaceAll('-', '_')}`] = text
  const known = {
    EVENTNAME: facts.event,
    OPERATIONNAME: facts.operation,
    REMOTEURL: facts.remoteUrl,
    LOCALPATH: facts.localPath,
    PARSED_RESULT: facts.parsedResult,
    RESULTFILE: facts.resultFile,
    backup_name: facts.backupName
  }
  for (const [name, text] of Object.entries(known)) if (text !== undefined) given[`DUPLICATI__${name}`] = text
  return given
}

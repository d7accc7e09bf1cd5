import { readFile } from 'node:fs/promises'
import { hostname, type as systemName } from 'node:os'
import { isAbsolute } from 'node:path'
import { parsedResultOf, type Report } from './report.ts'

/** What a report is written with. */
export interface TemplateOptions {
  readonly format?: ReportFormat | undefined
  /** Most lines of issues; 0: all. @defaultValue 100 */
  readonly maxLogLines?: number | undefined
}

export type ReportFormat = 'Duplicati' | 'Json'

const MAX_LINES = 100

/**
 * Puts what a report tells in the place of `%NAME%`; fields that nobody knows vanish. The absolute path of a file stands
 * for its content.
 */
export async function fillTemplate(
  template: string,
  report: Report,
  options: TemplateOptions = {}
): Promise<string> {
  const fields = new Map(fieldsOf(report, options).map(([name, text]) => [name.toLowerCase(), text]))
  const text = isAbsolute(template) ? await readTemplate(template) : template
  return text.replace(
    /%([A-Za-z][A-Za-z0-9_-]*)%/g,
    (_, name: string) => fields.get(name.toLowerCase()) ?? ''
  )
}

async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return path
  }
}

function fieldsOf(report: Report, options: TemplateOptions): [string, string][] {
  return [
    ['OPERATIONNAME', report.operation],
    ['PARSEDRESULT', parsedResultOf(report)],
    ['RESULT', options.format === 'Json' ? reportJson(report, options) : reportText(report, options)],
    ['REMOTEURL', report.destination ?? ''],
    ['backup-name', report.name],
    ['machine-name', hostname()],
    ['operating-system', systemName()],
    ['begin-time', report.beginTime.toISOString()],
    ['end-time', report.endTime.toISOString()]
  ]
}

/** A report for people. */
export function reportText(report: Report, { maxLogLines = MAX_LINES }: TemplateOptions = {}): string {
  const { operation, name, error, issues, lines, beginTime, endTime } = report
  const shown = maxLogLines <= 0 ? issues : issues.slice(0, maxLogLines)
  return [
    `${operation} of ${name}: ${parsedResultOf(report)}`,
    `Begun ${beginTime.toISOString()}, ended ${endTime.toISOString()}`,
    ...(error === undefined ? [] : ['', `${error.message} [${error.code}]`]),
    ...(lines.length === 0 ? [] : ['', ...lines]),
    ...(shown.length === 0
      ? []
      : ['', ...shown.map(({ severity, code, message }) => `${severity} ${code}: ${message}`)]),
    ...(shown.length < issues.length ? [`and ${issues.length - shown.length} more`] : [])
  ].join('\n')
}

/** A report for programs, with the fields at the top that Duplicati's has. */
export function reportJson(
  report: Report,
  { maxLogLines = MAX_LINES }: TemplateOptions = {},
  extra: object = {}
): string {
  const { result, error, issues, beginTime, endTime } = report
  const shown = maxLogLines <= 0 ? issues : issues.slice(0, maxLogLines)
  const data = {
    ...result,
    issues: undefined,
    MainOperation: report.operation,
    ParsedResult: parsedResultOf(report),
    BeginTime: beginTime.toISOString(),
    EndTime: endTime.toISOString(),
    Duration: (endTime.getTime() - beginTime.getTime()) / 1000
  }
  return JSON.stringify(
    {
      Data: data,
      Extra: {
        OperationName: report.operation,
        'backup-name': report.name,
        'machine-name': hostname(),
        ...extra
      },
      LogLines: shown.map(({ severity, code, message }) => `[${severity}-${code}]: ${message}`),
      Exception: error === undefined ? null : `${error.code}: ${error.message}`
    },
    (_key, item: unknown) =>
      item instanceof Uint8Array
        ? Buffer.from(item).toString('hex')
        : typeof item === 'bigint'
          ? String(item)
          : item
  )
}

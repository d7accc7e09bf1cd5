import type { Secret } from '@tercet/interface'
import type { ParsedResult } from './report.ts'
import type { ReportFormat } from './template.ts'

/** When a report is sent, and what is in it. */
export interface ReportRules {
  /** Results of which it is sent. @defaultValue all */
  readonly levels?: readonly ParsedResult[] | undefined
  /** Also for operations other than a backup. @defaultValue false */
  readonly anyOperation?: boolean | undefined
  /** Most lines of issues; 0: all. @defaultValue 100 */
  readonly maxLogLines?: number | undefined
  /** Paths of files are told. @defaultValue false */
  readonly allowPaths?: boolean | undefined
}

/** A report by HTTP; a webhook serves chat services. */
export interface HttpReport extends ReportRules {
  /** They get the report as JSON. */
  readonly jsonUrls?: readonly string[] | undefined
  /** They get the field `message` of a form. */
  readonly formUrls?: readonly string[] | undefined
  /** @defaultValue POST */
  readonly verb?: string | undefined
  /** Template of the form's message. @defaultValue %RESULT% */
  readonly message?: string | undefined
  /** Name of the form's field. @defaultValue message */
  readonly messageParameterName?: string | undefined
  /** Added to the report. */
  readonly extra?: Readonly<Record<string, string>> | undefined
  /** Further attempts. @defaultValue 3 */
  readonly retries?: number | undefined
  /** Pause before each. @defaultValue 1000 */
  readonly retryDelayMs?: number | undefined
  /** Longest time of one attempt. @defaultValue 30 000 */
  readonly timeoutMs?: number | undefined
}

/** A report by mail. */
export interface MailReport extends ReportRules {
  readonly to: readonly string[]
  /** @defaultValue no-reply */
  readonly from?: string | undefined
  /**
   * Servers, tried in order: `smtp://` (encrypted where the server can), `smtps://` (from the start), `tls://` (refused
   * unless it becomes encrypted).
   */
  readonly urls: readonly string[]
  readonly username?: string | undefined
  readonly password?: Secret | string | undefined
  /** Template. @defaultValue 'Tercet %OPERATIONNAME% report for %backup-name%: %PARSEDRESULT%' */
  readonly subject?: string | undefined
  /** Template. @defaultValue %RESULT% */
  readonly body?: string | undefined
  /** @defaultValue Duplicati, which is text */
  readonly format?: ReportFormat | undefined
  /** Further attempts. @defaultValue 3 */
  readonly retries?: number | undefined
  /** Pause before each. @defaultValue 1000 */
  readonly retryDelayMs?: number | undefined
  /** Longest time of one attempt. @defaultValue 30 000 */
  readonly timeoutMs?: number | undefined
}

/** Where reports go. */
export interface ReportSettings {
  readonly http?: HttpReport | undefined
  readonly mail?: MailReport | undefined
}

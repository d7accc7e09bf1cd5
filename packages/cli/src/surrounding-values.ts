import type {
  HttpReport,
  MailReport,
  ParsedResult,
  ReportFormat,
  ReportSettings,
  ScriptHooks
} from '@tercet/jobs'
import { Secret } from '@tercet/sdk/options'
import { ConfigurationError, parseDurationText, parseIntegerText } from '@tercet/sdk/settings'
import type { OwnValues } from './own-values.ts'

const FORMATS: readonly ReportFormat[] = ['Duplicati', 'Json']
const LEVELS: readonly ParsedResult[] = ['Success', 'Warning', 'Error', 'Fatal']

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` */
export function scriptHooksOf(own: OwnValues, environment: ScriptHooks['environment']): ScriptHooks {
  return {
    beforeRequired: own.text('run-script-before-required'),
    before: own.text('run-script-before'),
    postBackup: own.text('run-script-post-backup'),
    after: own.text('run-script-after'),
    timeoutMs: durationOf(own, 'run-script-timeout'),
    withArguments: own.flag('run-script-with-arguments'),
    environment
  }
}

/** @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_MISSING` */
export function reportSettingsOf(own: OwnValues): ReportSettings {
  return { http: httpOf(own), mail: mailOf(own) }
}

function httpOf(own: OwnValues): HttpReport | undefined {
  const jsonUrls = listOf(own, 'send-http-json-urls', /;/)
  const formUrls = listOf(own, 'send-http-form-urls', /;/)
  if (jsonUrls === undefined && formUrls === undefined) return undefined
  return {
    jsonUrls,
    formUrls,
    verb: own.text('send-http-verb'),
    message: own.text('send-http-message'),
    messageParameterName: own.text('send-http-message-parameter-name'),
    extra: Object.fromEntries(new URLSearchParams(own.text('send-http-extra-parameters') ?? '')),
    retries: integerOf(own, 'send-http-retries'),
    retryDelayMs: durationOf(own, 'send-http-retry-delay'),
    ...rulesOf(own, 'send-http')
  }
}

function mailOf(own: OwnValues): MailReport | undefined {
  const to = listOf(own, 'send-mail-to', /[,;]/)
  if (to === undefined) return undefined
  const urls = listOf(own, 'send-mail-url', /;/)
  if (urls === undefined)
    throw new ConfigurationError(
      'CONFIG_MISSING',
      '--send-mail-to needs --send-mail-url, the server that sends'
    )
  const format = own.text('send-mail-result-output-format') ?? 'Duplicati'
  const password = own.text('send-mail-password')
  return {
    to,
    urls,
    from: own.text('send-mail-from'),
    username: own.text('send-mail-username'),
    password: password === undefined ? undefined : new Secret(password),
    subject: own.text('send-mail-subject'),
    body: own.text('send-mail-body'),
    format: oneOf('send-mail-result-output-format', format, FORMATS),
    ...rulesOf(own, 'send-mail')
  }
}

function rulesOf(own: OwnValues, prefix: string) {
  const levels = listOf(own, `${prefix}-level`, /,/)
  const isAll = levels?.some((level) => level.toLowerCase() === 'all')
  return {
    levels: isAll ? undefined : levels?.map((level) => oneOf(`${prefix}-level`, level, LEVELS)),
    anyOperation: own.flag(`${prefix}-any-operation`),
    maxLogLines: integerOf(own, `${prefix}-max-log-lines`),
    allowPaths: own.flag('allow-paths-in-log-messages')
  }
}

function listOf(own: OwnValues, option: string, separator: RegExp): string[] | undefined {
  const items = own
    .text(option)
    ?.split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items?.length ? items : undefined
}

function integerOf(own: OwnValues, option: string): number | undefined {
  const text = own.text(option)
  return text === undefined ? undefined : parseIntegerText(text, `--${option}`)
}

function durationOf(own: OwnValues, option: string): number | undefined {
  const text = own.text(option)
  return text === undefined ? undefined : parseDurationText(text, `--${option}`)
}

function oneOf<Choice extends string>(option: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `--${option}: "${text}" must be one of ${choices.join(', ')}`,
    {
      context: { key: option }
    }
  )
}

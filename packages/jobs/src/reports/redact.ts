import type { Report } from './report.ts'

export interface RedactOptions {
  /** Paths of files are told. @defaultValue false */
  readonly allowPaths?: boolean | undefined
  /** Texts that must not be told, whoever has written them into a message. */
  readonly secrets?: readonly string[] | undefined
}

const HIDDEN = '-redacted-'
const URL_SECRETS = /\b([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*@/gi
const URL_OPTIONS = /\b([a-z][a-z0-9+.-]*:\/\/[^?\s]*)\?\S*/gi

/** A report without what is nobody's business who gets it: secrets, and paths unless they are allowed. */
export function redactReport(report: Report, options: RedactOptions = {}): Report {
  const { allowPaths = false } = options
  const secrets = (options.secrets ?? [])
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
  const paths = allowPaths ? [] : [...pathsOf(report)].sort((a, b) => b.length - a.length)
  const clean = (text: string): string => {
    let cleaned = redactUrl(text)
    for (const hidden of [...secrets, ...paths]) cleaned = cleaned.replaceAll(hidden, HIDDEN)
    return cleaned
  }
  return mapTexts(report, clean) as Report
}

/** A text in which URLs have lost credentials and options. */
export function redactUrl(text: string): string {
  return text.replace(URL_SECRETS, '$1').replace(URL_OPTIONS, '$1')
}

/** Every path that a result tells of, wherever it stands. */
function pathsOf(report: Report): Set<string> {
  const paths = new Set<string>()
  const visit = (value: unknown, key: string): void => {
    if (typeof value === 'string') {
      if (/path$/i.test(key) && value.length > 1) paths.add(value)
    } else if (Array.isArray(value)) for (const item of value) visit(item, key.replace(/s$/, ''))
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) visit(item, name)
  }
  visit(report.result, '')
  visit(report.issues, '')
  return paths
}

function mapTexts(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, clean))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, clean)]))
}

import { SourceError } from '../source-error.ts'

/** One rule of a filter. As text: `+expression` includes, `-expression` excludes. */
export type FilterRule = string | { readonly include: string } | { readonly exclude: string }

export interface ParsedRule {
  readonly include: boolean
  readonly expression: string
}

/** @throws SourceError `FILTER_INVALID` */
export function parseRule(rule: FilterRule): ParsedRule {
  const parsed = typeof rule === 'string' ? fromText(rule) : fromRecord(rule)
  if (parsed === undefined) {
    throw filterInvalid(
      typeof rule === 'string' ? rule : JSON.stringify(rule),
      'a filter is "+expression", "-expression", { include } or { exclude }'
    )
  }
  if (parsed.expression === '') throw filterInvalid(formatRule(parsed), 'the expression is empty')
  return parsed
}

export function formatRule(rule: ParsedRule): string {
  return `${rule.include ? '+' : '-'}${rule.expression}`
}

export function filterInvalid(expression: string, reason: string): SourceError {
  return new SourceError('FILTER_INVALID', `The filter ${expression} cannot be used: ${reason}`, {
    context: { filter: expression, reason }
  })
}

function fromText(text: string): ParsedRule | undefined {
  const sign = text[0]
  if (sign !== '+' && sign !== '-') return undefined
  return { include: sign === '+', expression: text.slice(1) }
}

function fromRecord(rule: object): ParsedRule | undefined {
  const keys = Object.keys(rule)
  const [key] = keys
  if (keys.length !== 1 || (key !== 'include' && key !== 'exclude')) return undefined
  const expression = (rule as Record<string, unknown>)[key]
  return typeof expression === 'string' ? { include: key === 'include', expression } : undefined
}

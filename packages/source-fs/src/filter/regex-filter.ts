import { RE2JS } from 're2js'
import { filterInvalid } from './filter-rule.ts'
import type { PathTest } from './glob.ts'
import { translateRegex } from './translate-regex.ts'

/**
 * A test whether the whole path matches one of the expressions. They become one automaton, so that many of them cost
 * hardly more than one.
 *
 * @throws SourceError `FILTER_INVALID`
 */
export function compileRegexes(patterns: readonly string[], caseSensitive: boolean): PathTest {
  const flags = RE2JS.DOTALL | (caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE)
  const translated = patterns.map((pattern) => `(?:${translateRegex(pattern)})`).join('|')
  try {
    const compiled = RE2JS.compile(translated, flags)
    return (path) => compiled.testExact(path)
  } catch (error) {
    throw filterInvalid(patterns.map((pattern) => `[${pattern}]`).join(' '), (error as Error).message)
  }
}

import { tmpdir } from 'node:os'
import { currentPlatform, isCaseSensitive, type Platform } from '../platform.ts'
import type { SourceIssue } from '../source-error.ts'
import { expandGroups, type GroupContext } from './filter-groups.ts'
import { type FilterRule, filterInvalid, formatRule, type ParsedRule, parseRule } from './filter-rule.ts'
import { compileGlob, type PathTest } from './glob.ts'
import { compileRegexes } from './regex-filter.ts'

export interface FilterOptions {
  /** Whose paths are matched. @defaultValue the platform of this process */
  readonly platform?: Platform | undefined
  /** @defaultValue as the platform has it, unless the environment says otherwise */
  readonly caseSensitive?: boolean | undefined
  /** @defaultValue process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** @defaultValue the folder of the system */
  readonly temporaryFolder?: string | undefined
  /** Folders with files of this program, which belong to the group CacheFiles. */
  readonly ownFolders?: readonly string[] | undefined
}

export interface FilterVerdict {
  readonly included: boolean
  /** The rule that decided, as text; undefined when none matched. */
  readonly rule: string | undefined
}

/** An ordered list of rules over full paths, where folders have a trailing separator. The first that matches decides. */
export interface PathFilter {
  /** There are no rules: everything is included. */
  readonly isEmpty: boolean
  /** There are includes and no excludes: what no rule matches is excluded, but its folders are entered. */
  readonly onlyIncludes: boolean
  /** Things about the rules that their author should know. */
  readonly issues: readonly SourceIssue[]
  includes(path: string): boolean
  explain(path: string): FilterVerdict
}

/**
 * Compiles rules. Every expression is decided in time linear in the path.
 *
 * - `[regex]` a regular expression that must match the whole path
 * - `{Name,Name}` groups of expressions for the platform
 * - `@text` that path, literally
 * - with `*` (any characters, separators too) or `?` (one character): a wildcard for the whole path
 * - anything else: that path exactly, a folder with its trailing separator
 *
 * @throws SourceError `FILTER_INVALID`, which names the rule and says what is wrong with it
 */
export function parseFilters(rules: readonly FilterRule[], options: FilterOptions = {}): PathFilter {
  const platform = options.platform ?? currentPlatform()
  const environment = options.environment ?? process.env
  const context: GroupContext = {
    platform,
    environment,
    temporaryFolder: options.temporaryFolder ?? tmpdir(),
    ownFolders: options.ownFolders ?? []
  }
  const parsed = rules.map(parseRule)
  const caseSensitive = options.caseSensitive ?? isCaseSensitive(platform, environment)
  return new CompiledFilter(parsed, context, caseSensitive)
}

class CompiledFilter implements PathFilter {
  readonly isEmpty: boolean
  readonly onlyIncludes: boolean
  readonly issues: readonly SourceIssue[]
  readonly #runs: readonly RuleRun[]
  readonly #caseSensitive: boolean

  constructor(rules: readonly ParsedRule[], context: GroupContext, caseSensitive: boolean) {
    this.isEmpty = rules.length === 0
    this.onlyIncludes = rules.length > 0 && rules.every((rule) => rule.include)
    this.issues = [...catchAllIssues(rules), ...neverMatchingIssues(rules, context.platform)]
    this.#runs = groupRuns(rules).map((run) => new RuleRun(run, context, caseSensitive))
    this.#caseSensitive = caseSensitive
  }

  includes(path: string): boolean {
    const folded = this.#caseSensitive ? path : path.toLowerCase()
    for (const run of this.#runs) if (run.matches(path, folded)) return run.include
    return !this.onlyIncludes
  }

  explain(path: string): FilterVerdict {
    const folded = this.#caseSensitive ? path : path.toLowerCase()
    for (const run of this.#runs) {
      if (run.matches(path, folded)) return { included: run.include, rule: run.matching(path, folded) }
    }
    return { included: !this.onlyIncludes, rule: undefined }
  }
}

/** Neighbours of equal sign, which may be tried in any order. */
function groupRuns(rules: readonly ParsedRule[]): readonly (readonly ParsedRule[])[] {
  const runs: ParsedRule[][] = []
  for (const rule of rules) {
    const last = runs.at(-1)
    if (last !== undefined && last[0]!.include === rule.include) last.push(rule)
    else runs.push([rule])
  }
  return runs
}

/** Rules of one sign: one look-up for all exact paths, a test for each wildcard, one automaton for all expressions. */
class RuleRun {
  readonly include: boolean
  readonly #exact: Set<string>
  readonly #globs: readonly PathTest[]
  readonly #regex: PathTest | undefined
  readonly #rules: readonly ParsedRule[]
  readonly #context: GroupContext
  readonly #caseSensitive: boolean

  constructor(rules: readonly ParsedRule[], context: GroupContext, caseSensitive: boolean) {
    this.include = rules[0]!.include
    this.#rules = rules
    this.#context = context
    this.#caseSensitive = caseSensitive
    const parts: ExpressionParts = { exact: [], globs: [], regexes: [] }
    for (const rule of rules) collect(rule.expression, parts, context)
    const fold = (text: string) => (caseSensitive ? text : text.toLowerCase())
    this.#exact = new Set(parts.exact.map(fold))
    this.#globs = parts.globs.map((glob) => compileGlob(fold(glob)))
    this.#regex = parts.regexes.length === 0 ? undefined : compileRegexes(parts.regexes, caseSensitive)
  }

  matches(path: string, folded: string): boolean {
    if (this.#exact.has(folded)) return true
    for (const matches of this.#globs) if (matches(folded)) return true
    return this.#regex?.(path) === true
  }

  /** The first rule of the run that matches; looked for only when somebody asks. */
  matching(path: string, folded: string): string | undefined {
    if (this.#rules.length === 1) return formatRule(this.#rules[0]!)
    const rule = this.#rules.find((candidate) =>
      new RuleRun([candidate], this.#context, this.#caseSensitive).matches(path, folded)
    )
    return rule === undefined ? undefined : formatRule(rule)
  }
}

interface ExpressionParts {
  readonly exact: string[]
  readonly globs: string[]
  readonly regexes: string[]
}

function collect(expression: string, parts: ExpressionParts, context: GroupContext): void {
  const first = expression[0]
  const last = expression.at(-1)
  if (first === '[') {
    if (last !== ']') throw filterInvalid(expression, 'a regular expression ends with "]"')
    if (expression.length === 2) throw filterInvalid(expression, 'the regular expression is empty')
    parts.regexes.push(expression.slice(1, -1))
  } else if (first === '{') {
    if (last !== '}') throw filterInvalid(expression, 'a list of groups ends with "}"')
    for (const member of expandGroups(expression.slice(1, -1), context)) collect(member, parts, context)
  } else if (first === '@') parts.exact.push(expression.slice(1))
  else if (/[*?]/.test(expression)) parts.globs.push(expression)
  else parts.exact.push(expression)
}

function catchAllIssues(rules: readonly ParsedRule[]): readonly SourceIssue[] {
  const firstInclude = rules.findIndex((rule) => rule.include)
  const before = firstInclude < 0 ? rules : rules.slice(0, firstInclude)
  const catchAll = before.find((rule) => CATCH_ALL.has(rule.expression))
  if (catchAll === undefined) return []
  return [
    filterIssue('FILTER_EXCLUDES_ALL', catchAll, 'excludes everything, and nothing is included before it')
  ]
}

function filterIssue(code: SourceIssue['code'], rule: ParsedRule, problem: string): SourceIssue {
  const message = `The filter ${formatRule(rule)} ${problem}`
  return { code, severity: 'warning', message, path: '', carryOver: 'none' }
}

/** Paths are absolute, so an expression that starts like a relative path is probably not what was meant. */
function neverMatchingIssues(rules: readonly ParsedRule[], platform: Platform): readonly SourceIssue[] {
  const start = platform === 'windows' ? /^[[{*?]|^@?(?:[A-Za-z]:|\\\\)/ : /^[[{*?]|^@?\//
  return rules
    .filter((rule) => !start.test(rule.expression))
    .map((rule) =>
      filterIssue(
        'FILTER_NEVER_MATCHES',
        rule,
        'matches nothing, because paths are absolute: start it with "*"'
      )
    )
}

const CATCH_ALL: ReadonlySet<string> = new Set([
  '*',
  '**',
  '[.*]',
  '[^.*$]',
  '[^.*]',
  '[.*$]',
  '[.+]',
  '[^.+$]'
])

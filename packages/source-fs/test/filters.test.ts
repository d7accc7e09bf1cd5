import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argumentFilters, type FilterOptions, type FilterRule, parseFilters } from '../src/index.ts'

const linux: FilterOptions = { platform: 'linux', environment: {}, temporaryFolder: '/tmp' }
const windows: FilterOptions = {
  platform: 'windows',
  environment: { windir: 'C:\\Windows' },
  temporaryFolder: 'C:\\T'
}

function includes(rules: readonly FilterRule[], path: string, options = linux): boolean {
  return parseFilters(rules, options).includes(path)
}

function invalid(text: string | RegExp): object {
  return expect.objectContaining({ code: 'FILTER_INVALID', message: expect.stringMatching(text) })
}

describe('evaluation', () => {
  it('lets the first rule that matches decide', () => {
    expect(includes(['-*.tmp', '+*/keep/*'], '/a/keep/x.tmp')).toBe(false)
    expect(includes(['+*/keep/*', '-*.tmp'], '/a/keep/x.tmp')).toBe(true)
    expect(includes([{ include: '*/keep/*' }, { exclude: '*.tmp' }], '/a/x.tmp')).toBe(false)
  })

  it('includes what no rule matches, unless there are only includes', () => {
    expect(includes([], '/a')).toBe(true)
    expect(includes(['-/b'], '/a')).toBe(true)
    expect(includes(['+/b'], '/a')).toBe(false)
    expect(includes(['+/b'], '/b')).toBe(true)
    expect(includes(['+/b', '-/c'], '/a')).toBe(true)
    expect(parseFilters(['+/b'], linux).onlyIncludes).toBe(true)
    expect(parseFilters(['+/b', '-/c'], linux).onlyIncludes).toBe(false)
    expect(parseFilters([], linux)).toMatchObject({ isEmpty: true, onlyIncludes: false })
  })

  it('matches folders with their trailing separator', () => {
    expect(includes(['-*/name/'], '/a/name/')).toBe(false)
    expect(includes(['-*/name/'], '/a/name')).toBe(true)
    expect(includes(['-/a/name'], '/a/name/')).toBe(true)
  })

  it('regards case as the platform does, unless told', () => {
    expect(includes(['-*.TMP'], '/a.tmp')).toBe(true)
    expect(includes(['-*.TMP'], '/a.tmp', { ...linux, platform: 'macos' })).toBe(false)
    expect(includes(['-[.*\\.TMP]'], 'C:\\a.tmp', windows)).toBe(false)
    expect(includes(['-c:\\A.tmp'], 'C:\\a.tmp', windows)).toBe(false)
    expect(
      includes(['-*.TMP'], '/a.tmp', { ...linux, environment: { FILESYSTEM_CASE_SENSITIVE: 'false' } })
    ).toBe(false)
    expect(
      includes(['-*.TMP'], 'a.tmp', { ...windows, environment: { FILESYSTEM_CASE_SENSITIVE: '1' } })
    ).toBe(true)
    expect(includes(['-*.TMP'], 'a.tmp', { ...windows, caseSensitive: true })).toBe(true)
  })

  it('says which rule decided', () => {
    const filter = parseFilters(['-/x', '-*.tmp', '-[.*\\.log]', '+*/keep/', '-{TemporaryFiles}'], linux)
    expect(filter.explain('/a.tmp')).toEqual({ included: false, rule: '-*.tmp' })
    expect(filter.explain('/a.log')).toEqual({ included: false, rule: '-[.*\\.log]' })
    expect(filter.explain('/keep/')).toEqual({ included: true, rule: '+*/keep/' })
    expect(filter.explain('/tmp/')).toEqual({ included: false, rule: '-{TemporaryFiles}' })
    expect(filter.explain('/home/')).toEqual({ included: true, rule: undefined })
  })

  it.each(['*', '[.*]'])('warns when -%s comes before any include', (expression) => {
    expect(parseFilters([`-${expression}`], linux).issues).toMatchObject([{ code: 'FILTER_EXCLUDES_ALL' }])
    expect(parseFilters(['-/x', `-${expression}`, '+/y'], linux).issues).toHaveLength(1)
    expect(parseFilters(['+/y', `-${expression}`], linux).issues).toEqual([])
    expect(parseFilters(['-*x'], linux).issues).toEqual([])
  })

  it.each([
    ['linux', ['-name', '-a/*', '-@name'], ['-/a', '-*a', '-?', '-@/a', '-[a]', '-{Sys}']],
    ['windows', ['-name', '-a\\*', '-/a'], ['-C:\\a', '-\\\\server\\a', '-?:\\a', '-@c:\\a']]
  ] as const)('warns of rules that no path of %s can match', (platform, never, fine) => {
    const issues = parseFilters([...never, ...fine], { ...linux, platform }).issues
    expect(issues.map((issue) => issue.code)).toEqual(never.map(() => 'FILTER_NEVER_MATCHES'))
    expect(never.every((rule, at) => issues[at]!.message.includes(rule))).toBe(true)
  })

  it.each([
    ['x'],
    ['-[a'],
    ['-{Sys'],
    [''],
    ['+'],
    ['-'],
    [{ exclude: '' }],
    [{ include: 'a', exclude: 'b' }],
    [{ other: 'a' }]
  ])('refuses %j', (rule) => {
    expect(() => parseFilters([rule as FilterRule], linux)).toThrowError(invalid(''))
  })
})

describe('expressions', () => {
  it('take a path exactly', () => {
    expect(includes(['-/a/b'], '/a/b')).toBe(false)
    expect(includes(['-/a/b'], '/a/bc')).toBe(true)
    expect(includes(['-__proto__'], '__proto__')).toBe(false)
  })

  it('take text after @ literally', () => {
    expect(includes(['-@/a/*'], '/a/*')).toBe(false)
    expect(includes(['-@/a/*'], '/a/b')).toBe(true)
    expect(includes(['-@[a]'], '[a]')).toBe(false)
  })

  it.each([
    ['*', '', true],
    ['*', '/a/b', true],
    ['/a/*', '/a/b/c', true],
    ['/a/*', '/a', false],
    ['*.tmp', '/x/y.tmp', true],
    ['*.tmp', '/x/y.tmpx', false],
    ['/a?c', '/abc', true],
    ['/a?c', '/ac', false],
    ['/a?c', '/a/c', true],
    ['*a*b*', 'xxaxxbxx', true],
    ['*ab*ba*', 'aba', false],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['*?', '', false],
    ['?*?', 'ab', true],
    ['a.c*', 'abc', false]
  ])('match the wildcard %s with "%s": %s', (glob, path, expected) => {
    expect(includes([`-${glob}`], path)).toBe(!expected)
  })

  it('match wildcards as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 12 })
    const glob = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '.', '*', '*', '?'),
      minLength: 1,
      maxLength: 9
    })
    fc.assert(
      fc.property(glob, text, (pattern, path) => {
        fc.pre(/[*?]/.test(pattern))
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*').replaceAll('?', '[^]')
        expect(includes([`-${pattern}`], path)).toBe(!new RegExp(`^${source}$`).test(path))
      }),
      { seed: 11, numRuns: 3000 }
    )
  })
})

describe('regular expressions', () => {
  it.each([
    ['.*\\.(jpe?g|png)', '/a/b.jpeg', true],
    ['.*\\.(jpe?g|png)', '/a/b.jpegs', false],
    ['^/a/.*$', '/a/b', true],
    ['/a', '/a/b', false],
    ['/a|/b', '/b', true],
    ['^/a|/b$', '/b', true],
    ['.*\n.*', 'a\nb', true],
    ['a.b', 'a\nb', true],
    ['[^/]+/', 'name/', true],
    ['[a-c\\d_-]+', 'a1_-c', true],
    ['[\\]\\\\^]+', ']\\^', true],
    ['[[a]+', '[a', true],
    ['\\w+', 'é日_7', true],
    ['[\\w]+', 'é日_7', true],
    ['\\W', 'é', false],
    ['[\\W]', '-', true],
    ['[\\W]', 'é', false],
    ['[^\\W]', 'é', true],
    ['[\\S]+', 'é-\u00a0', false],
    ['[\\S]+', 'é-', true],
    ['\\S', '\u00a0', false],
    ['\\s', '\u00a0', true],
    ['\\d', '٣', true],
    ['[\\D]', '٣', false],
    ['\\p{Lu}\\P{Lu}', 'Éé', true],
    ['(?<year>\\d{4})-(?:\\d\\d)', '2024-05', true],
    ['(?i:abc)', 'AbC', true],
    ['a{2,3}?', 'aaa', true],
    ['a{,3}', 'a{,3}', true],
    ['{x}', '{x}', true],
    ['\\x41\\u00e9\\t', 'Aé\t', true],
    ['\\bfoo\\b', 'foo', true],
    ['[\\b]', '\b', true],
    ['🎈+', '🎈🎈', true],
    ['', '', false]
  ])('%s and "%s": %s', (pattern, path, expected) => {
    if (pattern === '') expect(() => parseFilters(['-[]'], linux)).toThrowError(invalid('empty'))
    else expect(includes([`-[${pattern}]`], path)).toBe(!expected)
  })

  it.each([
    ['(?=a)', 'looking ahead'],
    ['(?!a)', 'looking ahead'],
    ['(?<=a)', 'looking ahead or behind'],
    ['(?<!a)', 'looking ahead or behind'],
    ['(a)\\1', 'reference'],
    ['(?<n>a)\\k<n>', 'reference'],
    ['(?>a)', 'not supported'],
    ['(?i)a', 'not supported'],
    ['(?P<n>a)', 'not supported'],
    ['(?#note)', 'not supported'],
    ['(?(1)a|b)', 'not supported'],
    ['a++', 'repeats a repetition'],
    ['a**', 'repeats a repetition'],
    ['^*', 'cannot be repeated'],
    ['*a', 'nothing that'],
    ['(*a)', 'nothing that'],
    ['a{1001}', '1000 times'],
    ['(a{900}){900}', ''],
    ['(a', 'not closed'],
    ['a)', 'without its'],
    ['[a', 'not closed'],
    ['[]a]', 'different ways'],
    ['[a-z-[b]]', 'subtraction'],
    ['[z-a]', 'wrong way'],
    ['[a-\\d]', 'two characters'],
    ['\\A', 'not supported'],
    ['\\Z', 'not supported'],
    ['\\Qa\\E', 'not supported'],
    ['\\p{IsGreek}', 'general category'],
    ['\\pL', 'general category'],
    ['\\xZZ', 'hexadecimal'],
    ['\\u12', 'hexadecimal'],
    ['a\\', 'ends with'],
    [`${'('.repeat(200)}a${')'.repeat(200)}`, 'nested']
  ])('%s is refused', (pattern, reason) => {
    expect(() => parseFilters([`-[${pattern}]`], linux)).toThrowError(invalid(reason))
  })

  it('agree with JavaScript on what both know', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '/',
      '[ab]',
      '[^a]',
      '(a|b)',
      '(?:ab)',
      'x?',
      '\\.',
      '\\/',
      '[.-a]'
    )
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}', '*?'))
      .map(([left, right]) => (left.endsWith('?') && !left.endsWith(')') ? left : left + right))
    const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', 'x'), maxLength: 10 })
    fc.assert(
      fc.property(pattern, path, (source, text) => {
        expect(includes([`-[${source}]`], text)).toBe(!new RegExp(`^(?:${source})$`, 's').test(text))
      }),
      { seed: 5, numRuns: 2000 }
    )
  })

  it('never hang', () => {
    const filter = parseFilters(['-[(a+)+$]', '-[(a|aa)+]', '-[(.*a){30}b]', '-[(a*)*c]'], linux)
    const path = 'a'.repeat(4000)
    expect(filter.includes(`${path}!`)).toBe(true)
    expect(filter.includes(path)).toBe(false)
    expect(includes([`-${'*a'.repeat(40)}*b`], path)).toBe(true)
  })
})

describe('groups', () => {
  it.each([
    ['SystemFiles', '/proc/'],
    ['os', '/etc/'],
    ['CACHE', '/home/ada/.cache/'],
    ['TempFolders', '/home/ada/notes~'],
    ['App', '/usr/'],
    ['DefaultExcludes', '/usr/'],
    ['Exc', '/sys/'],
    ['None,Apps', '/opt/'],
    ['Sys:OS', '/boot/'],
    ['Sys;OS', '/boot/'],
    ['Sys|OS', '/dev/']
  ])('{%s} excludes %s', (names, path) => {
    expect(includes([`-{${names}}`], path)).toBe(false)
    expect(includes([`-{${names}}`], '/home/ada/')).toBe(true)
  })

  it('depend on the system', () => {
    const macos: FilterOptions = { ...linux, platform: 'macos' }
    expect(includes(['-{Apps}'], '/Library/', macos)).toBe(false)
    expect(includes(['-{Apps}'], '/Library/', linux)).toBe(true)
    expect(includes(['-{Sys}'], 'D:\\pagefile.sys', windows)).toBe(false)
    expect(includes(['-{OS}'], 'c:\\windows\\', windows)).toBe(false)
    expect(includes(['-{OS}'], '\\', { ...windows, environment: {} })).toBe(true)
    expect(includes(['-{Temp}'], 'C:\\T\\', windows)).toBe(false)
  })

  it('know the folders of the run', () => {
    const options = { ...linux, environment: { XDG_CACHE_HOME: '/c/' }, ownFolders: ['/var/lib/own'] }
    expect(includes(['-{Cache}'], '/c/', options)).toBe(false)
    expect(includes(['-{Cache}'], '/var/lib/own/', options)).toBe(false)
    expect(includes(['-{Cache}'], '/', options)).toBe(true)
  })

  it('may be empty', () => {
    for (const name of ['DefaultIncludes', 'Inc', 'None']) {
      expect(includes([`-{${name}}`], '/proc/')).toBe(true)
      expect(parseFilters([`+{${name}}`], linux).onlyIncludes).toBe(true)
    }
  })

  it('are refused when nobody knows them', () => {
    expect(() => parseFilters(['-{SystemFile}'], linux)).toThrowError(invalid('did you mean SystemFiles'))
    expect(() => parseFilters(['-{}'], linux)).toThrowError(invalid('no group'))
    expect(() => parseFilters(['-{constructor}'], linux)).toThrowError(invalid('no group'))
  })
})

describe('arguments', () => {
  it.each([
    ['name.txt', '*/name.txt'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/*'],
    ['*letters*', '*letters*'],
    ['[.*x]', '[.*x]'],
    ['@name', '@name'],
    ['{Cache}', '{Cache}']
  ])('%s becomes %s', (argument, expected) => {
    expect(argumentFilters([argument], 'linux')).toEqual([{ include: expected }])
  })

  it('use the separator of the platform', () => {
    expect(argumentFilters(['a', 'C:\\b\\'], 'windows')).toEqual([
      { include: '*\\a' },
      { include: 'C:\\b\\*' }
    ])
  })
})

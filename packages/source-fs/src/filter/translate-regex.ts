import { filterInvalid } from './filter-rule.ts'

/**
 * Rewrites a regular expression from the subset that .NET and JavaScript share into the dialect of RE2, which decides
 * every pattern in time linear in the path. What only one of them knows, what they read differently, and what no
 * linear matcher can do (looking around, back references) is refused by name rather than taken for something else.
 *
 * `\d`, `\w` and `\s` and their opposites have the meaning of .NET, which knows all of Unicode: existing filters come
 * from there. `.` matches line breaks too (single-line mode).
 *
 * @throws SourceError `FILTER_INVALID`
 */
export function translateRegex(pattern: string): string {
  return new Translator(pattern).translate()
}

const SPACE = '\\t\\n\\v\\f\\r\\x{85}\\p{Z}'
const NOT_SPACE =
  '\\x{00}-\\x{08}\\x{0e}-\\x{1f}\\x{7f}-\\x{84}\\x{86}-\\x{9f}\\p{Cf}\\p{Co}\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}'
const WORD = '\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}'
const NOT_WORD =
  '\\p{Mc}\\p{Me}\\p{Nl}\\p{No}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}\\p{S}\\p{Z}\\p{Cc}\\p{Cf}\\p{Co}'

/** What each class escape means inside brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: WORD,
  W: NOT_WORD,
  s: SPACE,
  S: NOT_SPACE
}
const CONTROLS: Readonly<Record<string, string>> = {
  t: '\\t',
  n: '\\n',
  r: '\\r',
  f: '\\f',
  v: '\\v'
}
const CATEGORY = /^\{(?:L[ulmot]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfo])\}/
const GROUP_NAME = /^<[A-Za-z_]\w*>/
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})/
const MAX_DEPTH = 100
const MAX_REPEAT = 1000

class Translator {
  readonly #pattern: string
  #at = 0
  #depth = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  translate(): string {
    const translated = this.#alternatives()
    if (this.#at < this.#pattern.length) this.#refuse('there is a ")" without its "("')
    return translated
  }

  /** Up to the end of the pattern, or to a closing parenthesis. */
  #alternatives(): string {
    let result = ''
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')') {
      if (this.#take('|')) result += '|'
      else result += this.#repeated()
    }
    return result
  }

  #repeated(): string {
    const start = this.#at
    const { text, repeatable } = this.#atom()
    const quantifier = QUANTIFIER.exec(this.#pattern.slice(this.#at, this.#at + 32))?.[0]
    if (quantifier === undefined) return text
    if (!repeatable) this.#refuse(`"${this.#pattern.slice(start, this.#at)}" cannot be repeated`)
    for (const count of quantifier.match(/\d+/g) ?? []) {
      if (Number(count) > MAX_REPEAT) this.#refuse(`"${quantifier}" repeats more than ${MAX_REPEAT} times`)
    }
    this.#at += quantifier.length
    const lazy = this.#take('?') ? '?' : ''
    if (/^[*+?]/.test(this.#pattern.slice(this.#at))) {
      this.#refuse(`"${quantifier}${lazy}${this.#pattern[this.#at]}" repeats a repetition`)
    }
    return `${text}${quantifier}${lazy}`
  }

  #atom(): { readonly text: string; readonly repeatable: boolean } {
    const character = this.#next()
    switch (character) {
      case '(':
        return { text: this.#group(), repeatable: true }
      case '[':
        return { text: this.#set(), repeatable: true }
      case '\\':
        return this.#escape()
      case '^':
      case '$':
        return { text: character === '^' ? '\\A' : '\\z', repeatable: false }
      case '*':
      case '+':
      case '?':
        return this.#refuse(`there is nothing that "${character}" could repeat`)
      case '.':
        return { text: '.', repeatable: true }
      default:
        return { text: literal(character), repeatable: true }
    }
  }

  /** What a group captures is of no use here, so no group captures. */
  #group(): string {
    if (++this.#depth > MAX_DEPTH) this.#refuse(`groups are nested more than ${MAX_DEPTH} deep`)
    let flags = ''
    if (this.#take('?')) {
      const rest = this.#pattern.slice(this.#at, this.#at + 64)
      if (/^<?[=!]/.test(rest))
        this.#refuse('looking ahead or behind, "(?=", "(?!", "(?<=", "(?<!", is not supported')
      const name = GROUP_NAME.exec(rest)?.[0]
      const mode = /^-?i(?=:)/.exec(rest)?.[0] ?? ''
      if (name !== undefined) this.#at += name.length
      else {
        this.#at += mode.length
        if (!this.#take(':')) this.#refuse(`the group "(?${rest[0] ?? ''}" is not supported`)
        flags = mode
      }
    }
    const inner = this.#alternatives()
    if (!this.#take(')')) this.#refuse('a "(" is not closed')
    this.#depth--
    return `(?${flags}:${inner})`
  }

  #set(): string {
    const negated = this.#take('^') ? '^' : ''
    let result = ''
    if (this.#pattern[this.#at] === ']') this.#refuse('a set that starts with "]" is read in different ways')
    while (!this.#take(']')) {
      if (this.#at >= this.#pattern.length) this.#refuse('a "[" is not closed')
      if (this.#pattern.startsWith('-[', this.#at)) {
        this.#refuse('the subtraction of sets, "[a-z-[b]]", is not supported')
      }
      result += this.#setMember()
    }
    return `[${negated}${result}]`
  }

  #setMember(): string {
    const from = this.#setCharacter()
    if (this.#pattern[this.#at] !== '-' || /[[\]]/.test(this.#pattern[this.#at + 1] ?? '')) return from.text
    this.#at++
    if (this.#pattern[this.#at] === '[')
      this.#refuse('the subtraction of sets, "[a-z-[b]]", is not supported')
    const to = this.#setCharacter()
    if (from.code === undefined || to.code === undefined)
      return this.#refuse('a range of a set needs two characters')
    if (from.code > to.code)
      this.#refuse(`the range from "${from.text}" to "${to.text}" is the wrong way round`)
    return `${from.text}-${to.text}`
  }

  #setCharacter(): { readonly text: string; readonly code?: number } {
    if (this.#at >= this.#pattern.length) this.#refuse('a "[" is not closed')
    const character = this.#next()
    if (character !== '\\') return { text: literal(character), code: character.codePointAt(0)! }
    const letter = this.#next()
    const members = CLASSES[letter]
    if (members !== undefined) return { text: members }
    if (letter === 'p' || letter === 'P') return { text: this.#category(letter) }
    if (letter === 'b') return { text: '\\x{08}', code: 8 }
    return this.#characterEscape(letter)
  }

  #escape(): { readonly text: string; readonly repeatable: boolean } {
    if (this.#at >= this.#pattern.length) this.#refuse('it ends with a "\\"')
    const letter = this.#next()
    if (letter === 'b' || letter === 'B') return { text: `\\${letter}`, repeatable: false }
    if (letter === 'W') return { text: `[^${WORD}]`, repeatable: true }
    if (letter === 'S') return { text: `[^${SPACE}]`, repeatable: true }
    const members = CLASSES[letter]
    if (members !== undefined) return { text: `[${members}]`, repeatable: true }
    if (letter === 'p' || letter === 'P') return { text: this.#category(letter), repeatable: true }
    return { text: this.#characterEscape(letter).text, repeatable: true }
  }

  /** An escape that stands for one character. */
  #characterEscape(letter: string): { readonly text: string; readonly code: number } {
    const control = CONTROLS[letter]
    if (control !== undefined) return { text: control, code: { t: 9, n: 10, v: 11, f: 12, r: 13 }[letter]! }
    if (letter === 'x') return this.#hexadecimal(2, '\\x')
    if (letter === 'u') return this.#hexadecimal(4, '\\u')
    if (/[\dk]/.test(letter))
      return this.#refuse(`the reference "\\${letter}" to what a group matched is not supported`)
    if (/[A-Za-z_]/.test(letter)) return this.#refuse(`"\\${letter}" is not supported`)
    return { text: literal(letter), code: letter.codePointAt(0)! }
  }

  #hexadecimal(digits: number, prefix: string): { readonly text: string; readonly code: number } {
    const text = this.#pattern.slice(this.#at, this.#at + digits)
    if (text.length < digits || !/^[\dA-Fa-f]+$/.test(text)) {
      return this.#refuse(`"${prefix}" needs ${digits} hexadecimal digits`)
    }
    this.#at += digits
    const code = Number.parseInt(text, 16)
    return { text: `\\x{${code.toString(16)}}`, code }
  }

  #category(letter: string): string {
    const category = CATEGORY.exec(this.#pattern.slice(this.#at, this.#at + 8))?.[0]
    if (category === undefined) return this.#refuse(`"\\${letter}" needs a general category such as {Lu}`)
    this.#at += category.length
    return `\\${letter}${category}`
  }

  #take(character: string): boolean {
    if (this.#pattern[this.#at] !== character) return false
    this.#at++
    return true
  }

  #next(): string {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!)
    this.#at += character.length
    return character
  }

  #refuse(reason: string): never {
    throw filterInvalid(`[${this.#pattern}]`, `in the regular expression, ${reason}`)
  }
}

/** One character that stands for itself. */
function literal(character: string): string {
  return /[A-Za-z0-9_/]/.test(character) || character > '\x7f'
    ? character
    : `\\x{${character.codePointAt(0)!.toString(16)}}`
}

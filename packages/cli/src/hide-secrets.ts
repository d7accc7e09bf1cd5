/** Options whose text must not be seen by other users of the machine. */
const SECRET =
  /^--(?!.*-file$).*(pass(word|phrase)|secret|token|signature|connection-string|access-key|-key$|(src|dst|global)-options$|remote-sync-(json-)?config$|send-(http|mail)-([a-z]+-)?urls?$)/
const USER_INFO = /^([a-z][a-z0-9+.-]+:\/\/)[^/?]*@/i
/** What follows the path of a URL are options, which may be secrets. */
const URL_OPTIONS = /^([a-z][a-z0-9+.-]+:\/\/[^?]*)\?.*$/is

/** A title for the process with its secrets left out; undefined when there are none. */
export function hideSecrets(argv: readonly string[]): string | undefined {
  const shown = argv.map((argument, index) => {
    const [name = '', text] = argument.split('=', 2)
    if (SECRET.test(name)) return text === undefined ? argument : `${name}=[secret]`
    const before = argv[index - 1] ?? ''
    if (SECRET.test(before) && !before.includes('=')) return '[secret]'
    return argument.replace(USER_INFO, '$1[secret]@').replace(URL_OPTIONS, '$1?[options]')
  })
  return shown.some((argument, index) => argument !== argv[index])
    ? ['tercet', ...shown].join(' ')
    : undefined
}

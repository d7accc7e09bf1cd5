/** Options whose text must not be seen by other users of the machine. */
const SECRET = /^--(passphrase|new-passphrase|auth-password|password)$/
const USER_INFO = /^([a-z][a-z0-9+.-]+:\/\/)[^/@]*@/i

/** A title for the process with its secrets left out; undefined when there are none. */
export function hideSecrets(argv: readonly string[]): string | undefined {
  const shown = argv.map((argument, index) => {
    const [name = '', text] = argument.split('=', 2)
    if (SECRET.test(name)) return text === undefined ? argument : `${name}=[secret]`
    if (SECRET.test(argv[index - 1] ?? '')) return '[secret]'
    return argument.replace(USER_INFO, '$1[secret]@')
  })
  return shown.some((argument, index) => argument !== argv[index])
    ? ['tercet', ...shown].join(' ')
    : undefined
}

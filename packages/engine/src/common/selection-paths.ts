/** Which system's rules the paths of a version follow; they are absolute by those rules. */
export function platformOf(path: string): 'linux' | 'windows' {
  return path.startsWith('/') ? 'linux' : 'windows'
}

/** What the words mean that vectors have for errors. Every implementation has names of its own for them. */
export const VECTOR_ERRORS = {
  'no-passphrase': 'a volume is encrypted and no passphrase was given',
  'wrong-passphrase': 'the passphrase does not open a volume',
  'no-key': 'a volume is encrypted for a key, not for a passphrase',
  'not-encrypted': 'a volume is not encrypted in the way that its name says',
  'unsupported-version': 'a version of the encryption, or of the format, that is not known',
  'unsupported-kind': 'a name says that a volume is of a kind that cannot be read',
  'unsupported-method': 'an entry of an archive is compressed with a method that cannot be read',
  unauthenticated: 'an encrypted volume without anything that shows whether it was altered',
  corrupt: 'encrypted content, or what tells how to decrypt it, was altered',
  truncated: 'a volume is cut off, or bytes were added to its end',
  'size-differs': 'a volume has another length than the one recorded',
  'hash-differs': 'a volume has another hash than the one recorded',
  'over-limit': 'a volume asks for more memory or time than it can be worth',
  'archive-invalid': 'an archive that cannot be understood',
  'entry-missing': 'an archive without an entry that it must have',
  'entry-damaged': 'an entry of an archive that cannot be unpacked, or is not as long as it should be',
  'block-damaged': 'a block that does not have the hash or the length that it is named after',
  'block-missing': 'a block that no volume holds',
  'manifest-invalid': 'a manifest that is not the JSON object that it has to be',
  'manifest-differs': 'a manifest with other settings than those of the destination, or unknown ones',
  'index-invalid': 'a list of blocks that cannot be understood',
  'list-invalid': 'a list of files that cannot be understood',
  'entry-invalid': 'an entry of a list of files with a property that is missing or impossible',
  'type-unknown': 'an entry of a list of files that is no file, folder or link',
  'path-relative': 'a path that is not absolute',
  'path-escapes': 'a path with a segment ".."',
  'path-duplicate': 'a path that occurred before in the same list',
  'content-differs': 'content that does not have the length or hash that was recorded',
  'no-backup': 'a destination without any version'
} as const

export type VectorErrorWord = keyof typeof VECTOR_ERRORS

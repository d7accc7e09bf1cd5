/** Keys of metadata records; those that start with `tercet:` are our own, and other programs pass over them. */
export const METADATA_KEYS = {
  xattrPrefix: 'unix-ext:',
  owner: 'unix:uid-gid-perm',
  userName: 'unix:owner-name',
  groupName: 'unix:group-name',
  attributes: 'CoreAttributes',
  modified: 'CoreLastWritetime',
  created: 'CoreCreatetime',
  linkTarget: 'CoreSymlinkTarget',
  /** Extended attributes without a value, which the format leaves out. */
  emptyXattrPrefix: 'tercet:unix-ext:',
  /** All twelve bits of the mode in decimal, where set-uid, set-gid or sticky is set. */
  mode: 'tercet:mode',
  /** Device and inode of a file with several names: names with the same value are one file. */
  hardlink: 'tercet:hardlink',
  /** Base64 of a link's target that is not UTF-8. */
  rawLinkTarget: 'tercet:link-target'
} as const

/** What the types of openpgp take from a package that it brings along without its types. */
declare module '@openpgp/web-stream-tools' {
  export type WebStream<T> = ReadableStream<T>
  export type NodeWebStream<T> = ReadableStream<T>
}

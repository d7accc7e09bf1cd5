/** What Chromium has and the declarations of the compiler do not, or only for a thread that is no page. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer
}

interface PickerOptions {
  readonly id?: string
  readonly mode?: 'read' | 'readwrite'
}

interface Window {
  showDirectoryPicker?(options?: PickerOptions): Promise<FileSystemDirectoryHandle>
  showSaveFilePicker?(options?: { readonly suggestedName?: string }): Promise<FileSystemFileHandle>
}

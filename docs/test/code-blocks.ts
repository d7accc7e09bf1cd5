/** A fenced block of a Markdown page. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
  /** Line of the opening fence, counted from 1. */
  readonly line: number
}

/** Every fenced block of a page, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { language: string; line: number; lines: string[] } | undefined
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^```(\S*)\s*$/.exec(text)
    if (open === undefined && fence) open = { language: fence[1] ?? '', line: index + 1, lines: [] }
    else if (open !== undefined && fence) {
      blocks.push({ language: open.language, code: `${open.lines.join('\n')}\n`, line: open.line })
      open = undefined
    } else open?.lines.push(text)
  }
  if (open !== undefined) throw new Error(`The block opened in line ${open.line} is not closed`)
  return blocks
}

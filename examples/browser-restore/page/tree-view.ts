import { element } from './element.ts'
import { formatBytes, formatTime } from './format.ts'
import type { TreeItem } from './messages.ts'

type Children = (id: number, from: number) => Promise<{ items: TreeItem[]; total: number }>

/** Shows a tree of which only what is open has been asked for. Names are set as text, never as markup. */
export class TreeView {
  readonly #container: HTMLElement
  readonly #children: Children
  readonly #onChange: () => void
  /** What is chosen; all below a chosen folder is chosen with it. */
  readonly chosen = new Map<number, TreeItem>()

  constructor(container: HTMLElement, children: Children, onChange: () => void) {
    this.#container = container
    this.#children = children
    this.#onChange = onChange
  }

  async show(root: TreeItem): Promise<void> {
    this.chosen.clear()
    this.#onChange()
    const list = element('ul', { role: 'tree' })
    this.#container.replaceChildren(list)
    await this.#fill(list, root.id, 0)
  }

  async #fill(list: HTMLElement, id: number, from: number): Promise<void> {
    const { items, total } = await this.#children(id, from)
    list.append(...items.map((item) => this.#row(item)))
    const shown = from + items.length
    if (shown >= total) return
    const more = element('button', { type: 'button' }, `${total - shown} more`)
    const row = element('li', {}, more)
    more.addEventListener('click', async () => {
      row.remove()
      await this.#fill(list, id, shown)
    })
    list.append(row)
  }

  #row(item: TreeItem): HTMLElement {
    const box = element('input', { type: 'checkbox', 'aria-label': item.name })
    box.addEventListener('change', () => {
      if (box.checked) this.chosen.set(item.id, item)
      else this.chosen.delete(item.id)
      this.#onChange()
    })
    const about = element('small', {}, `${formatBytes(item.sizeBytes)} ${formatTime(item.time)}`)
    if (item.type !== 'Folder') {
      const kind = item.type === 'Symlink' ? ' (link)' : ''
      return element('li', { role: 'treeitem' }, element('label', {}, box, ` ${item.name}${kind} `, about))
    }
    const list = element('ul', { role: 'group' })
    const details = element('details', {}, element('summary', {}, box, ` ${item.name} `, about), list)
    details.addEventListener('toggle', () => {
      if (details.open && list.childElementCount === 0) void this.#fill(list, item.id, 0)
    })
    return element('li', { role: 'treeitem' }, details)
  }
}

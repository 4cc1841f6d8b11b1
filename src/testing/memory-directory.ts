import { survivesCrash } from './memory-file.ts';
import type { CrashOptions, MemoryFile } from './memory-file.ts';

export type MemoryNode = MemoryFile | MemoryDirectory;

/** One change of a directory's entries: names to set and names to take away, both or neither. */
interface EntryChange {
  readonly number: number;
  readonly removed: string | null;
  readonly added: { readonly name: string; readonly node: MemoryNode } | null;
  /** A move's other half: the old name is gone only where the new one lasts. */
  readonly needs: { readonly directory: MemoryDirectory; readonly change: EntryChange } | null;
  fate: 'open' | 'kept' | 'lost';
}

/** A directory: its entries as a reader sees them, as the disk holds them, and what lies between. */
export class MemoryDirectory {
  #visible: Map<string, MemoryNode>;
  #durable: Map<string, MemoryNode>;
  #changes: EntryChange[] = [];
  #nextChange = 1;

  constructor(onDisk: Map<string, MemoryNode> = new Map()) {
    this.#visible = new Map(onDisk);
    this.#durable = onDisk;
  }

  get(name: string): MemoryNode | undefined {
    return this.#visible.get(name);
  }

  /** The entry as the disk holds it for certain. */
  durable(name: string): MemoryNode | undefined {
    return this.#durable.get(name);
  }

  names(): string[] {
    return [...this.#visible.keys()].sort();
  }

  add(name: string, node: MemoryNode): void {
    this.#change(null, { name, node }, null);
  }

  remove(name: string): void {
    this.#change(name, null, null);
  }

  /** Within one directory a rename is one change: after a power cut there is one name or the other. */
  renameWithin(from: string, to: string, node: MemoryNode): void {
    this.#change(from, { name: to, node }, null);
  }

  /**
   * Into another directory: until this one is synced there may be both names, never none. Syncing
   * this one syncs the other up to here, as a journalling file system does.
   */
  moveTo(target: MemoryDirectory, from: string, to: string, node: MemoryNode): void {
    const arrival = target.#change(null, { name: to, node }, null);
    this.#change(from, null, { directory: target, change: arrival });
  }

  markForSync(): number {
    return this.#nextChange;
  }

  syncUntil(mark: number): void {
    for (;;) {
      const change = this.#changes[0];
      if (change === undefined || change.number >= mark) return;
      change.needs?.directory.syncUntil(change.needs.change.number + 1);
      this.#changes.shift();
      applyIfPossible(change, this.#durable);
    }
  }

  /** A sync that began at `mark` has failed: its changes will not reach the disk any more. */
  loseUntil(mark: number): void {
    this.#changes = this.#changes.filter((change) => {
      if (change.number >= mark) return true;
      change.fate = 'lost';
      return false;
    });
  }

  /** The directory and all below it after a power cut. `known` keeps a node with two names one node. */
  afterCrash(options: CrashOptions, known = new Map<MemoryNode, MemoryNode>()): MemoryDirectory {
    const decided = new Set<MemoryDirectory>();
    this.#decide(options, decided);
    return this.#rebuilt(options, known);
  }

  /** Every change is decided before any is applied, since a move's halves lie in two directories. */
  #decide(options: CrashOptions, decided: Set<MemoryDirectory>): void {
    if (decided.has(this)) return;
    decided.add(this);
    for (const change of this.#changes) change.fate = survivesCrash(options) ? 'kept' : 'lost';
    const children = [...this.#durable.values(), ...this.#visible.values()];
    for (const change of this.#changes) if (change.added !== null) children.push(change.added.node);
    for (const child of children) {
      if (child instanceof MemoryDirectory) child.#decide(options, decided);
    }
  }

  #rebuilt(options: CrashOptions, known: Map<MemoryNode, MemoryNode>): MemoryDirectory {
    const onDisk = new Map(this.#durable);
    for (const change of this.#changes) {
      if (change.fate === 'kept') applyIfPossible(change, onDisk);
    }
    for (const [name, node] of onDisk) {
      const after =
        known.get(node) ??
        (node instanceof MemoryDirectory
          ? node.#rebuilt(options, known)
          : node.afterCrash(options));
      known.set(node, after);
      onDisk.set(name, after);
    }
    return new MemoryDirectory(onDisk);
  }

  #change(
    removed: string | null,
    added: EntryChange['added'],
    needs: EntryChange['needs'],
  ): EntryChange {
    const change: EntryChange = {
      number: this.#nextChange++,
      removed,
      added,
      needs,
      fate: 'open',
    };
    this.#changes.push(change);
    if (removed !== null) this.#visible.delete(removed);
    if (added !== null) this.#visible.set(added.name, added.node);
    return change;
  }
}

function applyIfPossible(change: EntryChange, entries: Map<string, MemoryNode>): void {
  const possible = change.needs === null || change.needs.change.fate === 'kept';
  change.fate = possible ? 'kept' : 'lost';
  if (!possible) return;
  if (change.removed !== null) entries.delete(change.removed);
  if (change.added !== null) entries.set(change.added.name, change.added.node);
}

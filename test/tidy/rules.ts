import path from 'node:path';
import { COMPUTED, type SourceFile } from './source-file.ts';

/** A room of `src/`, and the rooms that it may import. */
export interface Room {
  readonly kind: string;
  readonly imports: readonly string[];
  /** Rooms of which only types may be taken, by `import type`. */
  readonly types?: readonly string[];
}

export type RoomTable = Readonly<Record<string, Room>>;

/** The room of a file: `log` for `src/log/segment.ts`, `main` for `src/main.ts`, `bench` for `bench/…`. */
export function roomOf(file: string): string {
  if (file.startsWith('bench/')) return 'bench';
  return (file.split('/')[1] ?? '').replace(/\.ts$/, '');
}

/** Where a relative import leads, from the root of the project; null for a package. */
export function targetOf(file: SourceFile, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file.path), specifier));
}

/** Imports between rooms, against the table. */
export function checkRooms(file: SourceFile, table: RoomTable): string[] {
  const from = roomOf(file.path);
  const room = table[from];
  if (room === undefined) {
    return [
      `${file.path}: ${from}/ is not a room; put the file in one, or add the room to the table`,
    ];
  }
  const problems: string[] = [];
  for (const { specifier, typeOnly, line } of file.references) {
    const target = targetOf(file, specifier);
    if (target === null) continue;
    const to = roomOf(target);
    const where = `${file.path}:${line}`;
    if (target.includes('/generated/') && to !== from) {
      problems.push(
        `${where}: generated code stays inside ${to}/; take the domain's value instead`,
      );
    }
    if (to === from || room.imports.includes(to)) continue;
    if (room.types?.includes(to) === true) {
      if (!typeOnly) {
        problems.push(
          `${where}: ${from}/ may take types of ${to}/ only; write "import type", or move what ` +
            `runs to ${homeFor(from, to, table)}`,
        );
      }
      continue;
    }
    problems.push(
      `${where}: ${from}/ may not import ${to}/ (it may import ${list(room.imports)}); code that ` +
        `needs both belongs in ${homeFor(from, to, table)}, or the interface in ${from}/ or base/`,
    );
  }
  return problems;
}

/** The rooms that may import both, so that code that needs both could live there. */
function homeFor(a: string, b: string, table: RoomTable): string {
  const homes = Object.keys(table).filter((name) => {
    const imports = table[name]?.imports ?? [];
    const sees = (room: string) => room === name || imports.includes(room);
    return sees(a) && sees(b) && name !== a;
  });
  return homes.length === 0 ? 'main.ts' : list(homes.map((name) => `${name}/`));
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

/** A package, and the rooms that may use it. `only` restricts what may be taken from it. */
export interface Fence {
  readonly rooms: readonly string[];
  readonly only?: Readonly<Record<string, readonly string[]>>;
}

/** Packages and Node's modules, against the fences. */
export function checkPackages(file: SourceFile, fences: Readonly<Record<string, Fence>>): string[] {
  const room = roomOf(file.path);
  const problems: string[] = [];
  for (const { specifier, line, names } of file.references) {
    if (specifier.startsWith('.')) continue;
    const where = `${file.path}:${line}`;
    if (specifier === COMPUTED) {
      problems.push(
        `${where}: the name of a module is computed; write it out, so that it can be seen`,
      );
      continue;
    }
    const name = packageOf(specifier);
    const fence = fences[name];
    if (fence === undefined) {
      problems.push(
        `${where}: ${name} is fenced nowhere; say in test/tidy.test.ts which rooms may use it`,
      );
    } else if (!fence.rooms.includes(room)) {
      problems.push(
        `${where}: ${name} may be used in ${list(fence.rooms.map((each) => `${each}/`))} only; ` +
          `what needs it belongs there, behind an interface`,
      );
    } else {
      const allowed = fence.only?.[room];
      const extra = allowed === undefined ? [] : names.filter((each) => !allowed.includes(each));
      if (extra.length > 0) {
        problems.push(
          `${where}: ${room}/ may take ${list(allowed ?? [])} from ${name}, not ${list(extra)}`,
        );
      }
    }
  }
  return problems;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Names that a room may not mention, each with what to use instead. */
export type Bans = Readonly<Record<string, string>>;

/** What would make a room's behaviour differ from run to run, or hide when things happen. */
export function checkDeterminism(
  file: SourceFile,
  bansOf: Readonly<Record<string, { readonly bans: Bans; readonly node: readonly string[] }>>,
): string[] {
  const room = roomOf(file.path);
  const rules = bansOf[room];
  if (rules === undefined) return [];
  const problems: string[] = [];
  for (const { name, line } of file.mentions) {
    const instead = Object.hasOwn(rules.bans, name) ? rules.bans[name] : undefined;
    if (instead !== undefined) {
      problems.push(`${file.path}:${line}: ${room}/ may not use ${name}; ${instead}`);
    }
  }
  for (const { specifier, line } of file.references) {
    if (specifier.startsWith('node:') && !rules.node.includes(specifier)) {
      problems.push(
        `${file.path}:${line}: ${room}/ may not import ${specifier}; what needs it belongs in platform/`,
      );
    }
  }
  return problems;
}

/** Habits that hold in every source file. */
export function checkHabits(file: SourceFile): string[] {
  const problems: string[] = [];
  for (const { name, line } of file.mentions) {
    if (name === 'enum') {
      problems.push(`${file.path}:${line}: no enum; use a union of string literals`);
    } else if (name === 'export default') {
      problems.push(`${file.path}:${line}: no default export; give it a name`);
    }
  }
  return [...problems, ...checkNotes(file.path, file.text)];
}

/** Notes that something is left to do: they belong in an issue, where somebody finds them. */
export function checkNotes(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const note = /\b(?:FIXME|TODO|XXX)\b/.exec(line);
    return note === null
      ? []
      : [`${file}:${index + 1}: ${note[0]} in the source; do it now, or open an issue for it`];
  });
}

/** Rooms that import each other, directly or in a ring, types included. */
export function checkCycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  const walk = (room: string, trail: readonly string[]): void => {
    const start = trail.indexOf(room);
    if (start !== -1) {
      const ring = [...trail.slice(start), room].map((name) => `${name}/`).join(' → ');
      problems.push(`rooms import each other in a ring: ${ring}; move what they share to base/`);
      return;
    }
    if (done.has(room)) return;
    for (const next of [...(edges.get(room) ?? [])].sort()) walk(next, [...trail, room]);
    done.add(room);
  };
  for (const room of [...edges.keys()].sort()) walk(room, []);
  return problems;
}

/** Which room imports which, as the files have it. */
export function roomEdges(files: readonly SourceFile[]): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    const from = roomOf(file.path);
    for (const { specifier } of file.references) {
      const target = targetOf(file, specifier);
      if (target === null || roomOf(target) === from) continue;
      const known = edges.get(from) ?? new Set<string>();
      edges.set(from, known.add(roomOf(target)));
    }
  }
  return edges;
}

/** Files that no entry reaches. */
export function checkDeadFiles(files: readonly SourceFile[], entries: readonly string[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const queue = [...entries];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const file = byPath.get(next);
    if (file === undefined || reached.has(next)) continue;
    reached.add(next);
    for (const { specifier } of file.references) {
      const target = targetOf(file, specifier);
      if (target !== null) queue.push(target);
    }
  }
  return files
    .filter((file) => !reached.has(file.path))
    .map((file) => `${file.path} is reached from no entry; import it or delete it`);
}

/** The room table of a README: `` | `log/` | … | async | base, record | ``, types as `broker (types)`. */
export function parseRoomTable(markdown: string): Map<string, Room> {
  const rooms = new Map<string, Room>();
  for (const line of markdown.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const name = /^`([a-z][a-z0-9]*)(?:\/|\.ts)`$/.exec(cells[1] ?? '')?.[1];
    if (name === undefined || cells.length !== 6) continue;
    const names = (cells[4] ?? '').split(',').map((each) => each.trim().replaceAll('`', ''));
    const listed = names.filter((each) => each !== '' && each !== 'nothing');
    rooms.set(name, {
      kind: cells[3] ?? '',
      imports: listed.filter((each) => !each.endsWith(' (types)')),
      types: listed
        .filter((each) => each.endsWith(' (types)'))
        .map((each) => each.slice(0, -' (types)'.length)),
    });
  }
  return rooms;
}

/** Two versions of the room table, in sentences about where they differ. */
export function compareRoomTables(table: RoomTable, written: ReadonlyMap<string, Room>): string[] {
  const problems: string[] = [];
  const sorted = (names: readonly string[] | undefined) => [...(names ?? [])].sort().join(', ');
  for (const [name, room] of Object.entries(table)) {
    const other = written.get(name);
    if (other === undefined) {
      problems.push(`src/README.md has no row for ${name}/`);
      continue;
    }
    for (const [what, ours, theirs] of [
      ['kind', room.kind, other.kind],
      ['imports', sorted(room.imports), sorted(other.imports)],
      ['types', sorted(room.types), sorted(other.types)],
    ] as const) {
      if (ours !== theirs) {
        problems.push(
          `src/README.md says of ${name}/ "${theirs}" (${what}), test/tidy.test.ts "${ours}"`,
        );
      }
    }
  }
  for (const name of written.keys()) {
    if (!Object.hasOwn(table, name))
      problems.push(`src/README.md has a row for ${name}/, which is no room`);
  }
  return problems;
}

/** Error names and numbers as listed in some document, against the catalogue. */
export function compareErrorLists(
  catalogue: ReadonlyMap<string, number>,
  listed: ReadonlyMap<string, number>,
  where: string,
): string[] {
  const problems: string[] = [];
  for (const [name, number] of catalogue) {
    const other = listed.get(name);
    if (other === undefined) problems.push(`${where} does not list ${name}`);
    else if (other !== number)
      problems.push(`${where} gives ${name} as ${other}, the catalogue ${number}`);
  }
  for (const name of listed.keys()) {
    if (!catalogue.has(name)) problems.push(`${where} lists ${name}, which the catalogue has not`);
  }
  return problems;
}

/** Numbers that two errors share. */
export function checkUniqueNumbers(catalogue: ReadonlyMap<string, number>): string[] {
  const owners = new Map<number, string>();
  const problems: string[] = [];
  for (const [name, number] of catalogue) {
    const owner = owners.get(number);
    if (owner !== undefined) problems.push(`${name} and ${owner} have the same number ${number}`);
    owners.set(number, name);
  }
  return problems;
}

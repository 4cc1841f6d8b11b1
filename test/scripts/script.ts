/**
 * Golden interaction scripts: what a machine is told and what it answers, as text. A line that begins
 * with `>` is a command; the lines under it, up to the next blank line, comment or command, are what
 * came out. The first line names the rules that the script shows.
 *
 *   rules: L2 L4
 *
 *   # A comment.
 *   > produce abc acks=1
 *   append 'abc' at 0 in epoch 1
 *   flush
 */
export interface Interpreter {
  /** Runs one command; returns what came out, one thing a line. */
  execute(command: Command): string[];
}

/** `produce abc acks=1` → name `produce`, words `['abc']`, options `{ acks: '1' }`. */
export class Command {
  readonly name: string;
  readonly words: readonly string[];
  readonly #options = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #text: string;

  constructor(text: string) {
    const [name = '', ...rest] = text.trim().split(/\s+/);
    this.name = name;
    this.#text = text.trim();
    this.words = rest.filter((word) => !word.includes('='));
    for (const word of rest) {
      const at = word.indexOf('=');
      if (at > 0) this.#options.set(word.slice(0, at), word.slice(at + 1));
    }
  }

  text(name: string): string | undefined {
    this.#used.add(name);
    return this.#options.get(name);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.error(`${name} is no number`);
    return value;
  }

  numbers(name: string): number[] | undefined {
    const text = this.text(name);
    return text?.split(',').filter(Boolean).map(Number);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.error(`${name}= is missing`);
    return value;
  }

  requiredNumber(name: string): number {
    this.required(name);
    return this.number(name) ?? Number.NaN;
  }

  /** A misspelt option would silently test something else. */
  assertAllUsed(): void {
    for (const name of this.#options.keys()) {
      if (!this.#used.has(name)) throw this.error(`${name}= is not understood`);
    }
  }

  error(problem: string): Error {
    return new Error(`"> ${this.#text}": ${problem}`);
  }
}

const RULES_LINE = /^rules:((?: [A-Z]\d+)+)$/;

/** The rules that a script's first line cites. */
export function rulesOf(script: string): string[] {
  const [first = ''] = script.split('\n', 1);
  const match = RULES_LINE.exec(first);
  if (match === null)
    throw new Error(`the first line names rules, such as "rules: L2 L4": ${first}`);
  return (match[1] ?? '').trim().split(' ');
}

/** The script with its outputs replaced by what comes out now. */
export function replay(script: string, interpreter: Interpreter): string {
  const lines: string[] = [];
  let inOutput = false;
  for (const line of script.trimEnd().split('\n')) {
    if (line.startsWith('>')) {
      const command = new Command(line.slice(1));
      lines.push(line, ...interpreter.execute(command));
      command.assertAllUsed();
      inOutput = true;
    } else if (line === '' || line.startsWith('#') || lines.length === 0) {
      lines.push(line);
      inOutput = false;
    } else if (!inOutput) {
      throw new Error(`neither command, comment nor output: ${line}`);
    }
  }
  return lines.join('\n') + '\n';
}

import { stringify } from 'yaml';
import type { Output } from '../cli.ts';
import type { Format } from '../output.ts';
import type { Item } from './item.ts';
import { headingOf, textOf } from './text.ts';

/** Text is gathered up to this many characters before it is written. */
const GATHERED_MAX = 64 * 1024;

/**
 * Writes items as they come, in any format, and no faster than they are taken: a segment of a gigabyte
 * is printed in little memory. Begun by the first item; `end` completes what was written.
 */
export class ItemWriter {
  readonly #output: Output;
  readonly #format: Format;
  #gathered = '';
  #isEmpty = true;
  /** What the last heading was about. */
  #heading = '';

  constructor(output: Output, format: Format) {
    this.#output = output;
    this.#format = format;
  }

  async write(item: Item): Promise<void> {
    this.#gathered += this.#textOf(item);
    this.#isEmpty = false;
    if (this.#gathered.length >= GATHERED_MAX) await this.flush();
  }

  async end(): Promise<void> {
    if (this.#format === 'json') this.#gathered += this.#isEmpty ? '[]\n' : '\n]\n';
    if (this.#format === 'yaml' && this.#isEmpty) this.#gathered += '[]\n';
    await this.flush();
  }

  /** Writes what was gathered; resolves when the output takes more. */
  async flush(): Promise<void> {
    const text = this.#gathered;
    this.#gathered = '';
    if (text === '') return;
    await new Promise<void>((resolve) => {
      if (this.#output.write(text, () => resolve())) resolve();
    });
  }

  #textOf(item: Item): string {
    switch (this.#format) {
      case 'table':
        return [...this.#headingOf(item), ...textOf(item)].map((line) => `${line}\n`).join('');
      case 'json':
        return `${this.#isEmpty ? '[\n' : ',\n'}${JSON.stringify(item, null, 2).replace(/^/gm, '  ')}`;
      case 'ndjson':
        return `${JSON.stringify(item)}\n`;
      case 'yaml':
        return stringify([item]);
    }
  }

  /** The file's name where it is another one, and the columns where they are others. */
  #headingOf(item: Item): string[] {
    const isSameFile = this.#heading.startsWith(`${item.file}\n`);
    if (item.kind === 'damage' && isSameFile) return [];
    const heading = `${item.file}\n${item.kind}`;
    if (heading === this.#heading) return [];
    this.#heading = heading;
    const title = isSameFile ? [] : this.#isEmpty ? [item.file] : ['', item.file];
    return [...title, ...headingOf(item.kind)];
  }
}

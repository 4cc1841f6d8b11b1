import type { PartitionHistory } from './partition-history.ts';
import { NONE } from './partition-history.ts';

/**
 * Finds the words for an anomaly: who sent a value and was told what, and who read it where. It looks
 * through the whole history for it, which is fine for the few that are put into words.
 */
export class Witness {
  readonly #history: PartitionHistory;

  constructor(history: PartitionHistory) {
    this.#history = history;
  }

  /** `"v" (sent by p1 with acks all, acknowledged at offset 5)`. */
  valueAndSender(value: number): string {
    return `${this.value(value)} (${this.#sender(value)})`;
  }

  value(value: number): string {
    const text = this.#history.values[value] as string;
    return JSON.stringify(
      text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX)}…`,
    );
  }

  /** `c1 (session 0) at offset 5, the final read at offset 7`; `nobody`. Where null is given, anywhere. */
  readers(value: number, at: number | null): string {
    const history = this.#history;
    const found: string[] = [];
    let next = 0;
    for (let poll = 0; poll < history.pollEnds.length; poll++) {
      const end = history.pollEnds[poll] as number;
      for (; next < end; next++) {
        const offset = history.polledOffsets[next] as number;
        if (history.polledValues[next] !== value || (at !== null && offset !== at)) continue;
        found.push(`${this.session(history.pollSessions[poll] as number)} at offset ${offset}`);
      }
    }
    history.finalValues.forEach((each, index) => {
      const offset = history.finalOffsets[index];
      if (each !== value || (at !== null && offset !== at)) return;
      found.push(`the final read at offset ${offset}`);
    });
    if (found.length === 0) return 'nobody';
    const kept = found.slice(0, READERS_MAX).join(', ');
    return found.length <= READERS_MAX ? kept : `${kept} and ${found.length - READERS_MAX} more`;
  }

  session(index: number): string {
    const session = this.#history.sessions[index];
    return session === undefined ? 'nobody' : `${session.client} (session ${session.session})`;
  }

  #sender(value: number): string {
    const history = this.#history;
    const outcome = history.outcomes[value] ?? null;
    if (outcome === null) return 'sent by nobody';
    const by = `sent by ${history.senders[value]} with acks ${history.acks[value]}`;
    const code = history.codes.get(value);
    const why = code === undefined ? '' : `: ${code}`;
    const offset = history.acknowledgedAt[value] as number;
    switch (outcome) {
      case 'ok':
        return offset === NONE ? by : `${by}, acknowledged at offset ${offset}`;
      case 'failed':
        return `${by}, refused${why}`;
      case 'unknown':
        return `${by}, outcome unknown${why}`;
      case 'open':
        return `${by}, never answered`;
    }
  }
}

const VALUE_LENGTH_MAX = 80;
const READERS_MAX = 3;

import type { Name, Request, Story } from './story.ts';

/** How long a client waits for one answer, and for a record in all. */
const PATIENCE_MS = 200;
const DELIVERY_MS = 3_000;
const BACKOFF_MS = 2;
const TICK_MS = 0.5;

interface Waiting {
  readonly text: string;
  readonly since: number;
  request: Request;
  askedAt: number;
  asked: Name;
  resumeAt: number;
}

/**
 * A producer at acks=all as users have one: it asks the broker that it believes to lead, tries what
 * is refused again elsewhere, and gives up only when a record has taken too long. What it would have
 * to tell its user is `surfaced`.
 */
export class RetryingClient {
  /** Records that were given up, with the last answer. */
  readonly surfaced: string[] = [];
  sent = 0;
  slowestMs = 0;
  readonly #story: Story;
  readonly #brokers: readonly Name[];
  readonly #recordBytes: number;
  readonly #pauseMs: number;
  #believed: Name;
  #waiting: Waiting[] = [];
  #loading = false;
  #ticking = false;
  #next = 0;

  /** One that sends on sends a record of this size after each such pause. */
  constructor(
    story: Story,
    brokers: string,
    { recordBytes = 1, pauseMs = 1 }: { recordBytes?: number; pauseMs?: number } = {},
  ) {
    this.#story = story;
    this.#recordBytes = recordBytes;
    this.#pauseMs = pauseMs;
    this.#brokers = [...brokers] as Name[];
    this.#believed = this.#brokers[0] ?? 'A';
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  send(text: string): void {
    const { now } = this.#story.world;
    const request = this.#produce(this.#believed, text);
    this.#waiting.push({
      text,
      since: now,
      request,
      askedAt: now,
      asked: this.#believed,
      resumeAt: now,
    });
    if (!this.#ticking) this.#tick();
  }

  /** One record after the other, whatever becomes of them. */
  sendOn(): void {
    this.#loading = true;
    this.#load();
  }

  stop(): void {
    this.#loading = false;
  }

  #load(): void {
    if (!this.#loading) return;
    this.send(ALPHABET[this.#next++ % ALPHABET.length] as string);
    this.#later(this.#pauseMs, () => this.#load());
  }

  #tick(): void {
    this.#ticking = this.#waiting.length > 0;
    if (!this.#ticking) return;
    this.#waiting = this.#waiting.filter((each) => !this.#isOver(each));
    this.#later(TICK_MS, () => this.#tick());
  }

  /** Asks again where it must. */
  #isOver(waiting: Waiting): boolean {
    const { now } = this.#story.world;
    const { answer } = waiting.request;
    if (answer?.startsWith('ok') === true) {
      this.sent += 1;
      this.slowestMs = Math.max(this.slowestMs, now - waiting.since);
      return true;
    }
    if (now - waiting.since > DELIVERY_MS) {
      this.surfaced.push(`${waiting.text}: ${answer ?? 'no answer'}`);
      return true;
    }
    const isUnanswered = answer === undefined;
    if (isUnanswered && now - waiting.askedAt < this.#patience(waiting)) return false;
    if (waiting.resumeAt <= waiting.askedAt) {
      // Its belief is nobody's but its own: others may have found the leader meanwhile.
      if (this.#believed === waiting.asked) this.#believed = this.#after(waiting.asked);
      waiting.resumeAt = now + BACKOFF_MS;
    }
    if (now < waiting.resumeAt) return false;
    waiting.asked = this.#believed;
    waiting.askedAt = now;
    waiting.resumeAt = now;
    waiting.request = this.#produce(waiting.asked, waiting.text);
    return false;
  }

  #produce(to: Name, text: string): Request {
    return this.#story.produce(to, text, 'all', { recordBytes: this.#recordBytes });
  }

  /** A broker that is gone refuses the connection at once. */
  #patience({ asked }: Waiting): number {
    return this.#story.isRunning(asked) ? PATIENCE_MS : BACKOFF_MS;
  }

  #after(name: Name): Name {
    const index = this.#brokers.indexOf(name);
    return this.#brokers[(index + 1) % this.#brokers.length] ?? name;
  }

  #later(milliseconds: number, work: () => void): void {
    this.#story.world.scheduler.schedule(milliseconds, null, 'client', work);
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

/** What a worker thread holds: its heap, the memory outside of it, and whatever keeps it alive. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Footprint {
  /** Heap and array buffers of this thread, in bytes. */
  readonly memoryBytes: number;
  /** Of the whole process, in bytes: what native code holds is seen here alone. */
  readonly residentBytes: number;
  /** Sockets, requests and the like, by kind. */
  readonly handles: Readonly<Record<string, number>>;
}

/** After a collection of garbage. */
export function footprint(): Footprint {
  collectGarbage();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { memoryBytes: heapUsed + arrayBuffers, residentBytes: rss, handles: handles() };
}

/** What has grown from `before` to `after` beyond what `inputs` may leave; empty if nothing. */
export function growth(before: Footprint, after: Footprint, inputs: number): string[] {
  const problems: string[] = [];
  const memoryMax = before.memoryBytes + MEMORY_SLACK_BYTES + inputs * MEMORY_SLACK_BYTES_PER_INPUT;
  if (after.memoryBytes > memoryMax) {
    problems.push(
      `memory grew from ${before.memoryBytes} to ${after.memoryBytes} bytes, allowed are ${memoryMax}`,
    );
  }
  if (after.residentBytes > before.residentBytes + RESIDENT_SLACK_BYTES) {
    problems.push(
      `resident memory grew from ${before.residentBytes} to ${after.residentBytes} bytes`,
    );
  }
  for (const [kind, count] of Object.entries(after.handles)) {
    const allowed = (before.handles[kind] ?? 0) + (HANDLE_SLACK[kind] ?? 0);
    if (count > allowed) problems.push(`${count} handles of ${kind}, allowed are ${allowed}`);
  }
  return problems;
}

function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Twice: what finalizers let go of is collected by the second. */
function collectGarbage(): void {
  collect();
  collect();
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Compiled code, caches and the statistics of the run itself. */
const MEMORY_SLACK_BYTES = 8 * 1024 * 1024;
/** Less than any object that is left behind by every input. */
const MEMORY_SLACK_BYTES_PER_INPUT = 32;
/**
 * The allocator keeps what it was given, in an arena for each thread: 0.5 GB after some runs of 100,000
 * decompressions, none after others of twice as many. A leak of native code would soon be more.
 */
const RESIDENT_SLACK_BYTES = 768 * 1024 * 1024;
/** Timers come and go with whatever a live surface has running beside. */
const HANDLE_SLACK: Readonly<Record<string, number>> = {
  Timeout: 40,
  Immediate: 10,
  // Connections are made when they are first needed, and have two ends here.
  TCPSocketWrap: 12,
};

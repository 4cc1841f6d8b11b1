import type { Client } from '../../client/index.ts';
import type { FinalRead } from './history.ts';

/**
 * The last look at a topic, by a fresh consumer from the log start to what is committed now: a part
 * for each batch, and one without records for a partition that has none. To be called once everything
 * has healed and every acknowledgement has come.
 */
export async function* finalReads(
  client: Client,
  topic: string,
  options: {
    readonly textOf?: (value: Uint8Array | null) => string;
    readonly signal?: AbortSignal;
    /** How long a broker may take to say where a partition ends; of thousands, each is asked. */
    readonly requestTimeoutMs?: number;
  } = {},
): AsyncGenerator<FinalRead, void> {
  const decoder = new TextDecoder();
  const textOf = options.textOf ?? ((value) => decoder.decode(value ?? new Uint8Array(0)));
  const { signal } = options;
  const { requestTimeoutMs } = options;
  await using consumer = client.consumer({
    assign: [{ topic, from: 'start' }],
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
  const read = new Set<number>();
  const logStartOffset = (partition: number): number => {
    const known = consumer.positions().find((position) => position.partition === partition);
    // What was read from the start and has had nothing yet stands at the start.
    return known?.logStartOffset ?? (read.has(partition) ? 0 : known?.position) ?? 0;
  };
  const limits = signal === undefined ? {} : { signal };
  for await (const batch of consumer.batches({ untilEnd: true, ...limits })) {
    const records: { offset: number; value: string }[] = [];
    batch.forEach(({ offset, value }) => {
      records.push({ offset, value: textOf(value) });
    });
    read.add(batch.partition);
    yield {
      kind: 'final',
      partition: `${topic}-${batch.partition}`,
      logStartOffset: logStartOffset(batch.partition),
      records,
    };
  }
  for (const { partition } of consumer.positions()) {
    if (read.has(partition)) continue;
    yield {
      kind: 'final',
      partition: `${topic}-${partition}`,
      logStartOffset: logStartOffset(partition),
      records: [],
    };
  }
}

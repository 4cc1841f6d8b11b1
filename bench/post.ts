import type { DeliveryCallback, Producer, ProducerRecord } from '../src/client/index.ts';

/**
 * Gives a producer the records from number 0 on, as fast as it takes them. What they are made of is
 * asked for as they are given; what became of them is the caller's to find out.
 */
export async function postAll(
  producer: Producer,
  topic: string,
  count: number,
  recordOf: (number: number) => ProducerRecord,
  onDeliveredOf?: (number: number) => DeliveryCallback | undefined,
): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const record = recordOf(number);
    const onDelivered = onDeliveredOf?.(number);
    while (!producer.post(topic, record, onDelivered)) await producer.ready();
    // A turn for the network: what was posted leaves while more is made.
    if (number % TURN_MESSAGES === TURN_MESSAGES - 1) await new Promise(setImmediate);
  }
}

const TURN_MESSAGES = 2_000;

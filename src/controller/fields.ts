/**
 * Reading values out of parsed JSON: every field is checked and branded, or the reader throws
 * `CorruptEvent` with the field's name and what it held.
 */
import {
  brokerEpoch,
  clusterId,
  controllerEpoch,
  diskId,
  incarnationId,
  leaderEpoch,
  nodeId,
  partitionEpoch,
  partitionIndex,
  topicId,
} from '../base/ids.ts';
import type {
  BrokerEpoch,
  ClusterId,
  ControllerEpoch,
  DiskId,
  IncarnationId,
  LeaderEpoch,
  NodeId,
  PartitionEpoch,
  PartitionIndex,
  TopicId,
} from '../base/ids.ts';
import type { Endpoint, PartitionState, TopicSettings } from './types.ts';

/** Bytes that are no event or snapshot of ours. Nothing of them has been applied. */
export class CorruptEvent extends Error {
  override readonly name = 'CorruptEvent';
  readonly reason: string;

  constructor(reason: string, options?: { cause?: unknown }) {
    super(`corrupt metadata: ${reason}`, options);
    this.reason = reason;
  }
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true });
const ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

export function encodeJson(value: unknown): Uint8Array {
  return ENCODER.encode(JSON.stringify(value));
}

/** A JSON object out of UTF-8 bytes. */
export function parseJson(bytes: Uint8Array, what: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(bytes));
  } catch (cause) {
    throw new CorruptEvent(`${what} is not JSON in UTF-8`, { cause });
  }
  return new Fields(value, what);
}

/** One JSON object whose fields are read with a check each. */
export class Fields {
  readonly #object: object;
  readonly #what: string;

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CorruptEvent(`${what} is not an object but ${show(value)}`);
    }
    this.#object = value;
    this.#what = what;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  raw(name: string): unknown {
    const value: unknown = this.has(name) ? Reflect.get(this.#object, name) : undefined;
    if (value === undefined) throw new CorruptEvent(`${this.#what} lacks "${name}"`);
    return value;
  }

  whole(name: string): number {
    const value = this.raw(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.wrong(name, 'a whole number from 0');
    }
    return value;
  }

  text(name: string): string {
    const value = this.raw(name);
    if (typeof value !== 'string') throw this.wrong(name, 'a string');
    return value;
  }

  flag(name: string): boolean {
    const value = this.raw(name);
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.text(name);
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw this.wrong(name, `one of ${choices.join(', ')}`);
    return choice;
  }

  object(name: string): Fields {
    return new Fields(this.raw(name), `${this.#what}.${name}`);
  }

  list<Item>(name: string, parse: (item: unknown, what: string) => Item): Item[] {
    const value = this.raw(name);
    if (!Array.isArray(value)) throw this.wrong(name, 'a list');
    const items: unknown[] = value;
    return items.map((item, index) => parse(item, `${this.#what}.${name}[${index}]`));
  }

  /** The field as `parse` reads it, or null where it holds null. */
  nullable<Value>(name: string, parse: (fields: Fields, name: string) => Value): Value | null {
    return this.raw(name) === null ? null : parse(this, name);
  }

  id(name: string): string {
    const value = this.text(name);
    if (!ID_PATTERN.test(value)) throw this.wrong(name, '22 characters of base64url');
    return value;
  }

  nodeId(name: string): NodeId {
    return nodeId(this.whole(name));
  }
  topicId(name: string): TopicId {
    return topicId(this.id(name));
  }
  clusterId(name: string): ClusterId {
    return clusterId(this.id(name));
  }
  diskId(name: string): DiskId {
    return diskId(this.id(name));
  }
  incarnationId(name: string): IncarnationId {
    return incarnationId(this.id(name));
  }
  partitionIndex(name: string): PartitionIndex {
    return partitionIndex(this.whole(name));
  }
  leaderEpoch(name: string): LeaderEpoch {
    return leaderEpoch(this.whole(name));
  }
  partitionEpoch(name: string): PartitionEpoch {
    return partitionEpoch(this.whole(name));
  }
  brokerEpoch(name: string): BrokerEpoch {
    return brokerEpoch(this.whole(name));
  }
  controllerEpoch(name: string): ControllerEpoch {
    return controllerEpoch(this.whole(name));
  }

  nodeIds(name: string): NodeId[] {
    const ids = this.list(name, (item) => {
      if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) {
        throw this.wrong(name, 'a list of broker ids');
      }
      return nodeId(item);
    });
    if (new Set(ids).size !== ids.length) throw this.wrong(name, 'a list without repetitions');
    return ids;
  }

  endpoint(name: string): Endpoint {
    const fields = this.object(name);
    const port = fields.whole('port');
    if (port > 65_535) throw fields.wrong('port', 'a port');
    return { host: fields.text('host'), port };
  }

  settings(name: string): TopicSettings {
    const fields = this.object(name);
    return Object.fromEntries(
      Object.keys(fields.#object).map((setting) => [setting, fields.text(setting)]),
    );
  }

  wrong(name: string, expected: string): CorruptEvent {
    return new CorruptEvent(
      `${this.#what}.${name} should be ${expected}, but holds ${show(this.raw(name))}`,
    );
  }
}

export function parsePartitionState(value: unknown, what: string): PartitionState {
  const fields = new Fields(value, what);
  return {
    partition: fields.partitionIndex('partition'),
    replicas: fields.nodeIds('replicas'),
    leader: fields.nullable('leader', (at, name) => at.nodeId(name)),
    leaderEpoch: fields.leaderEpoch('leaderEpoch'),
    partitionEpoch: fields.partitionEpoch('partitionEpoch'),
    isr: fields.nodeIds('isr'),
    elr: fields.nodeIds('elr'),
    lastKnownElr: fields.nodeIds('lastKnownElr'),
    minIsr: fields.whole('minIsr'),
    recovering: fields.flag('recovering'),
  };
}

/** A value as an error message shows it: short, whatever it is. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

/**
 * Valid messages drawn from the `.proto` files themselves, so that every RPC has them, also one that
 * is added tomorrow.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { Field, Type } from 'protobufjs';
import { ERRORS } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import { oneIn, pick } from './mutate.ts';

const PROTO = fileURLToPath(new URL('../../proto', import.meta.url));

/** Where values come from that the field's type does not say enough about. */
export interface Values {
  /** For a field of bytes: record batches, or events of the metadata journal. */
  bytes(field: Field, random: Random): Uint8Array;
  /** Null: any that its reader takes. */
  text?(field: Field, random: Random): string | null;
  number?(field: Field, random: Random): number | null;
}

export class ProtoSchema {
  readonly #root: protobuf.Root;
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
    this.#root = new protobuf.Root();
    this.#root.resolvePath = (_origin, target) => path.join(PROTO, target);
    const files = readdirSync(PROTO, { recursive: true, encoding: 'utf8' });
    this.#root.loadSync(files.filter((file) => file.endsWith('.proto')).sort());
    this.#root.resolveAll();
  }

  /** Both messages of the RPC at `/package.Service/Method`. */
  messagesOf(rpc: string): { readonly request: Type; readonly response: Type } {
    const [, service = '', name = ''] = rpc.split('/');
    const method = this.#root.lookupService(service).methods[name];
    if (method === undefined) throw new Error(`the protos have no ${rpc}`);
    const { resolvedRequestType: request, resolvedResponseType: response } = method;
    if (request === null || response === null) throw new Error(`${rpc} is not resolved`);
    return { request, response };
  }

  /** A message that its reader takes. */
  encode(type: Type, random: Random): Uint8Array {
    return type.encode(type.fromObject(this.#message(type, random))).finish();
  }

  #message(type: Type, random: Random): Record<string, unknown> {
    const message: Record<string, unknown> = {};
    for (const field of type.fieldsArray) {
      const choice = field.partOf !== null && !field.partOf.name.startsWith('_');
      if (choice || isLeftOut(field, random)) continue;
      message[field.name] = this.#field(field, random);
    }
    // Exactly one of each `oneof`: session messages must have content.
    for (const { name, fieldsArray } of type.oneofsArray) {
      if (name.startsWith('_')) continue;
      const field = pick(fieldsArray, random);
      message[field.name] = this.#field(field, random);
    }
    return message;
  }

  #field(field: Field, random: Random): unknown {
    if (field.map) {
      return oneIn(2, random) ? { 'retention.ms': '1' } : { [random.id()]: random.id() };
    }
    if (!field.repeated) return this.#value(field, random);
    return Array.from({ length: random.below(3) }, () => this.#value(field, random));
  }

  #value(field: Field, random: Random): unknown {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Type) return this.#message(resolvedType, random);
    if (resolvedType instanceof protobuf.Enum) {
      return pick(Object.values(resolvedType.values), random);
    }
    switch (field.type) {
      case 'string':
        return this.#values.text?.(field, random) ?? textFor(field, random);
      case 'bytes':
        return this.#values.bytes(field, random);
      case 'bool':
        return oneIn(2, random);
      case 'double':
        return pick([0, 0.25, 12.5, 1e12], random);
      default:
        return this.#values.number?.(field, random) ?? numberFor(field, random);
    }
  }
}

/** A message within is never left out: some are required. */
function isLeftOut(field: Field, random: Random): boolean {
  if (field.resolvedType instanceof protobuf.Type || WORDS[field.fullName.slice(1)]) return false;
  return field.type !== 'string' && oneIn(4, random);
}

const REPLICA_STATES = ['whole', 'uncertain', 'damaged'];
const OUTCOMES = ['elected', 'handing-over'];

/** Strings that are one of a few. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'odradek.v1.Error.code': Object.keys(ERRORS),
  'odradek.v1.BrokerMetadata.state': ['active', 'fenced'],
  'odradek.v1.BrokerMetadata.httpAddress': ['', 'a.example:80', '[::1]:9292'],
  'odradek.v1.ElectLeadersResponse.Result.outcome': OUTCOMES,
  'odradek.internal.v1.Elections.Result.outcome': OUTCOMES,
  'odradek.internal.v1.ReplicaReport.state': REPLICA_STATES,
  'odradek.internal.v1.ReplicaStateReport.state': REPLICA_STATES,
};

function textFor(field: Field, random: Random): string {
  const words = WORDS[field.fullName.slice(1)];
  if (words !== undefined) return pick(words, random);
  if (field.name.endsWith('Id') && field.name !== 'clientId') return random.id();
  return pick(TEXTS, random);
}

function numberFor(field: Field, random: Random): number {
  if (field.name === 'port') return pick([0, 1, 9192, 65_535], random);
  const values = [0, 1, 2, 7, 127, 128, 300, 2 ** 21, 2 ** 31 - 1];
  if (field.type.endsWith('64')) values.push(2 ** 31, 2 ** 35, 2 ** 53 - 1);
  return pick(values, random);
}

const TEXTS = [
  ...['flights', 'a', 'with.dots-and_more', 'Grüße, 日本', 'x'.repeat(200)],
  // Names that an object of JavaScript has already.
  ...['__proto__', 'constructor', 'hasOwnProperty'],
];

/**
 * `odradek.v1.Error` by hand:
 *
 *   Error       1 code string · 2 number sint32 · 3 retriable bool · 4 message string · 5 leader
 *   LeaderHint  1 broker_id sint32 · 2 leader_epoch sint32 · 3 host string · 4 port uint32
 */
import { ERRORS } from '../../base/errors.ts';
import type { ItemError, LeaderHint } from '../item-error.ts';
import { readLeaderHint, readRefusal } from '../item-error.ts';
import { NONE } from '../values.ts';
import type { WireReader } from './wire-reader.ts';
import { tagOf } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';
import {
  WIRE_BYTES,
  WIRE_VARINT,
  boolSize,
  messageSize,
  sint32Size,
  stringSize,
  uint64Size,
} from './wire-writer.ts';

/** Bytes of the body. */
export function itemErrorSize({ refusal, leader }: ItemError): number {
  const entry = ERRORS[refusal.code];
  return (
    stringSize(refusal.code) +
    sint32Size(entry.number) +
    boolSize(entry.retriable) +
    stringSize(refusal.message) +
    (leader === null ? 0 : messageSize(leaderHintSize(leader)))
  );
}

export function writeItemError(writer: WireWriter, { refusal, leader }: ItemError): void {
  const entry = ERRORS[refusal.code];
  writer.string(1, refusal.code);
  writer.sint32(2, entry.number);
  writer.bool(3, entry.retriable);
  writer.string(4, refusal.message);
  if (leader === null) return;
  writer.message(5, leaderHintSize(leader));
  writer.sint32(1, leader.broker ?? NONE);
  writer.sint32(2, leader.leaderEpoch);
  writer.string(3, leader.endpoint?.host ?? '');
  writer.uint64(4, leader.endpoint?.port ?? 0);
}

export function readItemError(reader: WireReader): ItemError {
  let code = '';
  let number = 0;
  let message = '';
  let leader: LeaderHint | null = null;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) code = reader.string();
    else if (tag === tagOf(2, WIRE_VARINT)) number = reader.sint32();
    else if (tag === tagOf(4, WIRE_BYTES)) message = reader.string();
    else if (tag === tagOf(5, WIRE_BYTES)) leader = readLeader(reader.message());
    else reader.skip(tag);
  }
  return { refusal: readRefusal(code, number, message), leader };
}

function leaderHintSize(leader: LeaderHint): number {
  return (
    sint32Size(leader.broker ?? NONE) +
    sint32Size(leader.leaderEpoch) +
    stringSize(leader.endpoint?.host ?? '') +
    uint64Size(leader.endpoint?.port ?? 0)
  );
}

function readLeader(reader: WireReader): LeaderHint {
  let broker = 0;
  let epoch = 0;
  let host = '';
  let port = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) broker = reader.sint32();
    else if (tag === tagOf(2, WIRE_VARINT)) epoch = reader.sint32();
    else if (tag === tagOf(3, WIRE_BYTES)) host = reader.string();
    else if (tag === tagOf(4, WIRE_VARINT)) port = reader.uint32();
    else reader.skip(tag);
  }
  return readLeaderHint(broker, epoch, host, port);
}

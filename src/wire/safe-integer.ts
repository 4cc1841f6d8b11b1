import { MalformedMessage } from './malformed-message.ts';

const TWO_32 = 4_294_967_296;

/** The value of two unsigned 32-bit halves; refuses more than 2^53 - 1. */
export function unsigned64(low: number, high: number): number {
  const value = high * TWO_32 + low;
  if (value > Number.MAX_SAFE_INTEGER) tooLarge(value);
  return value;
}

/** The value of two unsigned 32-bit halves in two's complement; refuses what is no safe integer. */
export function signed64(low: number, high: number): number {
  const value = (high | 0) * TWO_32 + low;
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) tooLarge(value);
  return value;
}

function tooLarge(value: number): never {
  throw new MalformedMessage(`a number lies beyond 2^53 - 1: about ${value}`);
}

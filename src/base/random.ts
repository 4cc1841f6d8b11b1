/** Randomness, injected so that a seed replays it. */
export interface Random {
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number;
  /** 16 random bytes in base64url, 22 characters: what topic, cluster, disk and incarnation ids are made of. */
  id(): string;
}

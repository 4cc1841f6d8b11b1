/** The bounds of the front door, from the configuration. */
export interface ServerLimits {
  /** The largest message that is taken, in bytes: the largest batch and some slack. */
  readonly receiveMessageBytesMax: number;
  /** HTTP/2 receive window of each connection and stream, in bytes. */
  readonly receiveWindowBytes: number;
  /** Batches of one produce stream that are not settled, in bytes; beyond it reading pauses. */
  readonly unsettledBytesMax: number;
  /** What `timeout_ms` 0 of a produce stands for. */
  readonly produceTimeoutMs: number;
  /** The longest wait of a fetch. */
  readonly fetchWaitMsMax: number;
  /** The most that one unary fetch is answered with, in bytes of records. */
  readonly fetchBytesMax: number;
  /** What `max_message_bytes` 0 of a fetch stream stands for, and the most it may be. */
  readonly fetchStreamMessageBytes: number;
  /** Messages queued on a stream to a broker before its host is asked to wait, in bytes. */
  readonly peerQueueBytesMax: number;
}

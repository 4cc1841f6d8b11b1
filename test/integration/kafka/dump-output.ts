/**
 * What `kafka.tools.DumpLogSegments` prints, line by line. It ends with exit code 0 whatever it has
 * found, so that its text is all there is to go by: every line that is not one of those below is kept
 * as a complaint, and so is everything on stderr.
 */

export interface DumpedRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly headerKeys: readonly string[];
  readonly keySize: number;
  readonly valueSize: number;
  readonly key: string | null;
  readonly value: string | null;
  /** Of a marker, in the place of key and value: how the transaction ended. */
  readonly outcome: 'COMMIT' | 'ABORT' | null;
}

export interface DumpedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly count: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly leaderEpoch: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly deleteHorizon: number | null;
  readonly position: number;
  readonly maxTimestamp: number;
  readonly size: number;
  readonly magic: number;
  readonly codec: string;
  readonly crc: number;
  readonly isValid: boolean;
  readonly records: DumpedRecord[];
}

export interface DumpedFile {
  readonly path: string;
  /** As the name of a `.log` says it; null for other files. */
  startOffset: number | null;
  passedSanityCheck: boolean;
  isEmpty: boolean;
  readonly batches: DumpedBatch[];
  readonly offsetEntries: { readonly offset: number; readonly position: number }[];
  readonly timeEntries: { readonly timestamp: number; readonly offset: number }[];
  readonly aborted: DumpedAborted[];
  readonly producers: DumpedProducer[];
}

/** An entry of a `.txnindex`. */
export interface DumpedAborted {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

/** A producer of a `.snapshot`. */
export interface DumpedProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly transactionStart: number | null;
  readonly lastTimestamp: number;
  /** Sequences and last offset of the newest batch; null: none. */
  readonly lastBatch: readonly [first: number, last: number, lastOffset: number] | null;
}

export interface Dump {
  readonly files: DumpedFile[];
  /** Lines that say that something is wrong, or that this parser does not know. */
  readonly complaints: string[];
}

const BATCH =
  /^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) baseSequence: (-?\d+) lastSequence: (-?\d+) producerId: (-?\d+) producerEpoch: (-?\d+) partitionLeaderEpoch: (-?\d+) isTransactional: (true|false) isControl: (true|false) deleteHorizonMs: OptionalLong(?:\.empty|\[(\d+)\]) position: (\d+) CreateTime: (-?\d+) size: (\d+) magic: (\d+) compresscodec: (\w+) crc: (\d+) isvalid: (true|false)$/;
const RECORD =
  /^\| offset: (\d+) CreateTime: (-?\d+) keySize: (-?\d+) valueSize: (-?\d+) sequence: (-?\d+) headerKeys: \[(.*?)\](?: key: (.*?))?(?: payload: (.*))?$/;
const MARKER =
  /^\| offset: (\d+) CreateTime: (-?\d+) keySize: (-?\d+) valueSize: (-?\d+) sequence: (-?\d+) headerKeys: \[\] endTxnMarker: (COMMIT|ABORT) coordinatorEpoch: \d+$/;
const ABORTED =
  /^version: 0 producerId: (\d+) firstOffset: (\d+) lastOffset: (\d+) lastStableOffset: (\d+)$/;
const PRODUCER =
  /^producerId: (\d+) producerEpoch: (-?\d+) coordinatorEpoch: (-?\d+) currentTxnFirstOffset: OptionalLong(?:\.empty|\[(\d+)\]) lastTimestamp: (-?\d+) (?:firstSequence: (-?\d+) lastSequence: (-?\d+) lastOffset: (-?\d+) .*)?$/;

/** The records' keys must not hold ` payload: `, and neither keys nor values a line break. */
export function parseDump(stdout: string, stderr: string): Dump {
  const files: DumpedFile[] = [];
  const complaints: string[] = [];
  for (const line of stdout.split('\n')) {
    if (line !== '' && !takeLine(files, line)) complaints.push(line);
  }
  complaints.push(...stderr.split('\n').filter((line) => line !== ''));
  return { files, complaints };
}

/** False for a line that says nothing good. */
function takeLine(files: DumpedFile[], line: string): boolean {
  const dumping = /^Dumping (.*)$/.exec(line);
  if (dumping !== null) {
    files.push({
      path: dumping[1] ?? '',
      startOffset: null,
      passedSanityCheck: false,
      isEmpty: false,
      batches: [],
      offsetEntries: [],
      timeEntries: [],
      aborted: [],
      producers: [],
    });
    return true;
  }
  const file = files.at(-1);
  return file !== undefined && takeLineOf(file, line);
}

function takeLineOf(file: DumpedFile, line: string): boolean {
  if (line === `${file.path} passed sanity check.`) {
    file.passedSanityCheck = true;
    return true;
  }
  if (line === `${file.path} is empty.`) {
    file.isEmpty = true;
    return true;
  }
  let found = /^Log starting offset: (\d+)$/.exec(line);
  if (found !== null) {
    file.startOffset = Number(found[1]);
    return true;
  }
  found = /^offset: (\d+) position: (\d+)$/.exec(line);
  if (found !== null) {
    file.offsetEntries.push({ offset: Number(found[1]), position: Number(found[2]) });
    return true;
  }
  found = /^timestamp: (-?\d+) offset: (\d+)$/.exec(line);
  if (found !== null) {
    file.timeEntries.push({ timestamp: Number(found[1]), offset: Number(found[2]) });
    return true;
  }
  found = BATCH.exec(line);
  if (found !== null) {
    file.batches.push(batchOf(found));
    return true;
  }
  found = ABORTED.exec(line);
  if (found !== null) {
    const [producerId, firstOffset, lastOffset, lastStableOffset] = found.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    file.aborted.push({ producerId, firstOffset, lastOffset, lastStableOffset });
    return true;
  }
  found = PRODUCER.exec(line);
  if (found !== null) {
    file.producers.push(producerOf(found));
    return true;
  }
  const batch = file.batches.at(-1);
  found = MARKER.exec(line);
  if (found !== null && batch !== undefined) {
    const outcome = found[6] === 'COMMIT' ? 'COMMIT' : 'ABORT';
    batch.records.push({ ...recordOf(found.slice(0, 6)), outcome });
    return true;
  }
  found = RECORD.exec(line);
  if (found === null || batch === undefined) return false;
  batch.records.push(recordOf(found));
  return true;
}

function batchOf(found: RegExpExecArray): DumpedBatch {
  const number = (group: number): number => Number(found[group]);
  return {
    baseOffset: number(1),
    lastOffset: number(2),
    count: number(3),
    baseSequence: number(4),
    lastSequence: number(5),
    producerId: number(6),
    producerEpoch: number(7),
    leaderEpoch: number(8),
    isTransactional: found[9] === 'true',
    isControl: found[10] === 'true',
    deleteHorizon: found[11] === undefined ? null : number(11),
    position: number(12),
    maxTimestamp: number(13),
    size: number(14),
    magic: number(15),
    codec: found[16] ?? '',
    crc: number(17),
    isValid: found[18] === 'true',
    records: [],
  };
}

function producerOf(found: RegExpExecArray): DumpedProducer {
  const number = (group: number): number => Number(found[group]);
  return {
    producerId: number(1),
    producerEpoch: number(2),
    coordinatorEpoch: number(3),
    transactionStart: found[4] === undefined ? null : number(4),
    lastTimestamp: number(5),
    lastBatch: found[6] === undefined ? null : [number(6), number(7), number(8)],
  };
}

function recordOf(found: readonly string[]): DumpedRecord {
  const headerKeys = found[6] ?? '';
  return {
    offset: Number(found[1]),
    timestamp: Number(found[2]),
    keySize: Number(found[3]),
    valueSize: Number(found[4]),
    sequence: Number(found[5]),
    headerKeys: headerKeys === '' ? [] : headerKeys.split(','),
    key: found[7] ?? null,
    value: found[8] ?? null,
    outcome: null,
  };
}

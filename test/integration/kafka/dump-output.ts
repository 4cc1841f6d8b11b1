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
}

export interface Dump {
  readonly files: DumpedFile[];
  /** Lines that say that something is wrong, or that this parser does not know. */
  readonly complaints: string[];
}

const BATCH =
  /^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) baseSequence: (-?\d+) lastSequence: (-?\d+) producerId: (-?\d+) producerEpoch: (-?\d+) partitionLeaderEpoch: (-?\d+) isTransactional: (true|false) isControl: (true|false) deleteHorizonMs: OptionalLong.empty position: (\d+) CreateTime: (-?\d+) size: (\d+) magic: (\d+) compresscodec: (\w+) crc: (\d+) isvalid: (true|false)$/;
const RECORD =
  /^\| offset: (\d+) CreateTime: (-?\d+) keySize: (-?\d+) valueSize: (-?\d+) sequence: (-?\d+) headerKeys: \[(.*?)\](?: key: (.*?))?(?: payload: (.*))?$/;

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
  found = RECORD.exec(line);
  const batch = file.batches.at(-1);
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
    position: number(11),
    maxTimestamp: number(12),
    size: number(13),
    magic: number(14),
    codec: found[15] ?? '',
    crc: number(16),
    isValid: found[17] === 'true',
    records: [],
  };
}

function recordOf(found: RegExpExecArray): DumpedRecord {
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
  };
}

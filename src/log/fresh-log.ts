/**
 * The first files of a log, laid into its directory before that gets its name: so a directory that
 * bears a partition's name holds a sound log, and opening one that was made a moment ago needs none of
 * recovery's looks and syncs. A topic of thousands of partitions is made of nothing else.
 */
import { offset } from '../base/ids.ts';
import { writeFile, type FileSystem } from '../base/file-system.ts';
import { LeaderEpochHistory } from '../record/leader-epoch-history.ts';
import { ProducerStates } from '../record/producer-states.ts';
import { STATE_FILE } from './log-files.ts';
import { encodeLogState, type LogState } from './log-state.ts';
import type { RecoveredLog } from './recovery.ts';
import { Segment } from './segment.ts';

/**
 * Lasting, but for the names, once it resolves: whoever calls it syncs the directory. There is no
 * segment yet: its file is made with the first batch.
 */
export function layFreshLog(fileSystem: FileSystem, directory: string): Promise<void> {
  return writeFile(fileSystem, `${directory}/${STATE_FILE}`, encodeLogState(freshState()));
}

/** What recovery would find in a directory into which nobody has written behind `layFreshLog`. */
export function openFreshLog(fileSystem: FileSystem, directory: string): RecoveredLog {
  return {
    segments: [Segment.unmade(fileSystem, directory, START)],
    state: freshState(),
    producers: new ProducerStates(),
    report: { state: 'whole', scannedBytes: 0, cutBytes: 0, cutFromOffset: null },
  };
}

const START = offset(0);

function freshState(): LogState {
  return {
    logStartOffset: START,
    condition: 'whole',
    reason: '',
    epochs: new LeaderEpochHistory(),
  };
}

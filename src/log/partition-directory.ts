import { partitionIndex, topicId } from '../base/ids.ts';
import type { PartitionIndex, TopicId } from '../base/ids.ts';
import { FileSystemError, syncDirectory, writeFile } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { layFreshLog } from './fresh-log.ts';
import { readFileNow } from './log-files.ts';

/** One partition's directory within a data directory. */
export interface PartitionDirectory {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  /** Its path: `<data directory>/<topic>-<partition>`. */
  readonly directory: string;
}

/** A directory that is named like a partition's but cannot be told to be one. It is left alone. */
export interface StrayDirectory {
  readonly directory: string;
  readonly reason: string;
}

export function partitionName(topic: string, partition: PartitionIndex): string {
  return `${topic}-${partition}`;
}

/**
 * `<topic>-<partition>.<id>-<purpose>`. A topic's name may take all of the 255 bytes that a file name
 * can have: then its end gives way, as in Kafka. The id keeps the name unique all the same.
 */
export function asideName(
  topic: string,
  partition: PartitionIndex,
  id: string,
  purpose: 'new' | 'delete' | 'stray',
): string {
  const suffix = `-${partition}.${id}-${purpose}`;
  return topic.slice(0, FILE_NAME_BYTES_MAX - suffix.length) + suffix;
}

/** Half-made and half-removed directories: nothing in them counts. */
export function isLeftover(name: string): boolean {
  return /\.[A-Za-z0-9_-]{22}-(new|delete)$/.test(name);
}

/** What a name in a data directory stands for; null if it is not named like a partition's directory. */
export function readPartitionDirectory(
  fileSystem: FileSystem,
  root: string,
  name: string,
): PartitionDirectory | StrayDirectory | null {
  const match = /^([A-Za-z0-9._-]{1,249})-(0|[1-9]\d{0,8})$/.exec(name);
  if (match === null) return null;
  const [, topic = '', partition = ''] = match;
  const directory = `${root}/${name}`;
  const id = readTopicId(fileSystem, directory);
  if ('reason' in id) return { directory, reason: id.reason };
  return { topic, topicId: id.topicId, partition: partitionIndex(Number(partition)), directory };
}

/**
 * Makes a directory with its `partition.metadata` (Kafka's: `version: 0`, `topic_id: <base64url>`) and
 * a log that holds nothing. All of it lasts when the promise resolves, but not the directory's own
 * name in its parent.
 */
export async function makePartitionDirectory(
  fileSystem: FileSystem,
  directory: string,
  id: TopicId,
): Promise<void> {
  fileSystem.makeDirectory(directory);
  const text = new TextEncoder().encode(`version: 0\ntopic_id: ${id}\n`);
  await writeFile(fileSystem, `${directory}/${METADATA}`, text);
  await layFreshLog(fileSystem, directory);
  await syncDirectory(fileSystem, directory);
}

function readTopicId(
  fileSystem: FileSystem,
  directory: string,
): { readonly topicId: TopicId } | { readonly reason: string } {
  let bytes;
  try {
    bytes = readFileNow(fileSystem, `${directory}/${METADATA}`);
  } catch (error) {
    // A file that cannot be read makes a stray, whatever the cause; the sentence says which.
    if (!(error instanceof FileSystemError)) throw error;
    return { reason: `${METADATA} cannot be read: ${error.message}` };
  }
  if (bytes === null) return { reason: `there is no ${METADATA}` };
  const match = /^version: 0\ntopic_id: ([A-Za-z0-9_-]{22})\n?$/.exec(
    new TextDecoder().decode(bytes),
  );
  if (match === null) return { reason: `${METADATA} is damaged or of a newer version` };
  return { topicId: topicId(match[1] ?? '') };
}

const METADATA = 'partition.metadata';
const FILE_NAME_BYTES_MAX = 255;

import { OdradekError } from '../base/errors.ts';
import { syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { clusterId, diskId, nodeId } from '../base/ids.ts';
import type { ClusterId, DiskId, NodeId } from '../base/ids.ts';
import { readFileNow, replaceFile } from './log-files.ts';

export type NodeRole = 'broker' | 'controller';

/**
 * Whose a data directory is. A file of lines `key=value`, as Kafka's `meta.properties`:
 *
 * | key        | value                                                              |
 * |------------|--------------------------------------------------------------------|
 * | version    | version of the directory's layout, 1                                |
 * | role       | `broker` or `controller`                                            |
 * | node.id    | decimal                                                             |
 * | disk.id    | 22 characters of base64url, drawn when the directory was first used |
 * | cluster.id | the same; absent until a broker has learned it from its controller  |
 *
 * A newer version is refused, unknown keys are dropped. Version 1 is the first: there is nothing to
 * migrate yet.
 */
export interface MetaProperties {
  readonly role: NodeRole;
  readonly nodeId: NodeId;
  readonly diskId: DiskId;
  readonly clusterId: ClusterId | null;
}

/** The directory's owner; null if none was laid down. Throws `DATA_DIRECTORY_MISMATCH`. */
export function readMetaProperties(
  fileSystem: FileSystem,
  directory: string,
): MetaProperties | null {
  const bytes = readFileNow(fileSystem, `${directory}/${NAME}`);
  return bytes === null ? null : parse(new TextDecoder().decode(bytes), directory);
}

/** Lays the owner down. Lasts when the promise resolves. */
export async function writeMetaProperties(
  fileSystem: FileSystem,
  directory: string,
  meta: MetaProperties,
): Promise<void> {
  const lines = [
    `version=${VERSION}`,
    `role=${meta.role}`,
    `node.id=${meta.nodeId}`,
    `disk.id=${meta.diskId}`,
    ...(meta.clusterId === null ? [] : [`cluster.id=${meta.clusterId}`]),
  ];
  const content = new TextEncoder().encode(`${lines.join('\n')}\n`);
  await replaceFile(fileSystem, `${directory}/${NAME}`, content);
  await syncDirectory(fileSystem, directory);
}

/**
 * Throws `DATA_DIRECTORY_MISMATCH` or `INCONSISTENT_CLUSTER_ID`, with both values, unless the
 * directory is this node's. A cluster id that one side does not know yet is no contradiction.
 */
export function assertOwner(
  meta: MetaProperties,
  expected: {
    readonly role: NodeRole;
    readonly nodeId: NodeId;
    readonly clusterId: ClusterId | null;
  },
  directory: string,
): void {
  if (meta.role !== expected.role) {
    throw mismatch(directory, `belongs to a ${meta.role}, and this is a ${expected.role}`);
  }
  if (meta.nodeId !== expected.nodeId) {
    const name = `${meta.role} ${meta.nodeId}`;
    throw mismatch(directory, `belongs to ${name}, and this is ${meta.role} ${expected.nodeId}`);
  }
  if (
    meta.clusterId !== null &&
    expected.clusterId !== null &&
    meta.clusterId !== expected.clusterId
  ) {
    throw new OdradekError(
      'INCONSISTENT_CLUSTER_ID',
      `the data directory ${directory} belongs to cluster ${meta.clusterId}, ` +
        `and this ${expected.role} is to join cluster ${expected.clusterId}`,
    );
  }
}

const NAME = 'meta.properties';
const VERSION = 1;
const ID = /^[A-Za-z0-9_-]{22}$/;

function parse(text: string, directory: string): MetaProperties {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const version = wholeNumber(values.get('version'));
  if (version !== null && version > VERSION) {
    throw mismatch(
      directory,
      `has a layout of version ${version}, and this release reads versions up to ${VERSION}`,
    );
  }
  const role = values.get('role');
  const node = wholeNumber(values.get('node.id'));
  const disk = values.get('disk.id') ?? '';
  const cluster = values.get('cluster.id') ?? null;
  if (
    version !== VERSION ||
    (role !== 'broker' && role !== 'controller') ||
    node === null ||
    !ID.test(disk) ||
    (cluster !== null && !ID.test(cluster))
  ) {
    throw mismatch(directory, `has a ${NAME} that cannot be read, so it is not clear whose it is`);
  }
  return {
    role,
    nodeId: nodeId(node),
    diskId: diskId(disk),
    clusterId: cluster === null ? null : clusterId(cluster),
  };
}

function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}

function mismatch(directory: string, what: string): OdradekError {
  return new OdradekError('DATA_DIRECTORY_MISMATCH', `the data directory ${directory} ${what}`);
}

import { assert } from '../base/assert.ts';
import { syncDirectory } from '../base/file-system.ts';
import type { FileSystem } from '../base/file-system.ts';
import { listOwnFiles, parentOf, readFileNow, replaceFile, STATE_FILE } from './log-files.ts';

/**
 * Moves a log's files into a new directory beside its own, `<directory>.<suffix>` or, where that
 * exists, `<directory>.<suffix>_2` and so on; lasting when the promise resolves. The state file stays,
 * with a copy on the other side: until the caller writes another, it says that the log is damaged.
 */
export async function moveLogFiles(
  fileSystem: FileSystem,
  directory: string,
  suffix: string,
): Promise<string> {
  // A name that ended in "-<digits>" would look like a partition's directory.
  assert(/^[A-Za-z][A-Za-z0-9_]*$/.test(suffix), () => `${suffix} is no suffix`);
  let path = `${directory}.${suffix}`;
  for (let attempt = 2; fileSystem.exists(path); attempt++) {
    path = `${directory}.${suffix}_${attempt}`;
  }
  fileSystem.makeDirectory(path);
  await syncDirectory(fileSystem, parentOf(directory));
  const state = readFileNow(fileSystem, `${directory}/${STATE_FILE}`);
  if (state !== null) await replaceFile(fileSystem, `${path}/${STATE_FILE}`, state);
  for (const name of listOwnFiles(fileSystem, directory)) {
    if (name !== STATE_FILE) fileSystem.rename(`${directory}/${name}`, `${path}/${name}`);
  }
  // The new names first: a file must never be without one.
  await syncDirectory(fileSystem, path);
  await syncDirectory(fileSystem, directory);
  return path;
}

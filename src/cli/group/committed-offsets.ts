import type { Admin, GroupOffset } from '../../client/index.ts';
import { CommandError } from '../command-error.ts';

/** What a group has committed; an error for a group that has committed nothing. */
export async function committedOffsets(admin: Admin, group: string): Promise<GroupOffset[]> {
  const offsets = await admin.groupOffsets(group);
  if (offsets.length > 0) return offsets;
  throw new CommandError(
    `the group ${group} has committed nothing; \`odradek group list\` shows those that have`,
  );
}

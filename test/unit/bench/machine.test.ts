import { expect, test } from 'vitest';
import { mountOf } from '../../../bench/machine.ts';

const MOUNTS = [
  '/dev/vda / ext4 rw,relatime 0 0',
  'tmpfs /tmp tmpfs rw,nosuid 0 0',
  '/dev/vdb /mnt/fast\\040disk xfs rw 0 0',
  '/dev/vdc /tmp ext4 rw,data=ordered 0 0',
  '',
].join('\n');

test('a directory lies on the mount that is nearest above it', () => {
  const deviceOf = (directory: string) => mountOf(MOUNTS, directory)?.device;
  expect(deviceOf('/home')).toBe('/dev/vda');
  expect(deviceOf('/tmpfiles')).toBe('/dev/vda');
  expect(deviceOf('/mnt/fast disk/data')).toBe('/dev/vdb');
});

test('of two mounts at one point the later is seen', () => {
  expect(mountOf(MOUNTS, '/tmp')).toEqual({
    device: '/dev/vdc',
    type: 'ext4',
    options: ['rw', 'data=ordered'],
  });
});

test('without mounts there is no disk', () => {
  expect(mountOf('', '/tmp')).toBeNull();
});

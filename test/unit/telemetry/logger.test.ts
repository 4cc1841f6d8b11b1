import { expect, test } from 'vitest';
import { ProcessLogger, RecordingLogger } from '../../../src/telemetry/logger.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';

function recorded(level: 'debug' | 'info' | 'silent') {
  const lines: Record<string, unknown>[] = [];
  const logger = new ProcessLogger({
    level,
    base: { role: 'broker', id: 1 },
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  return { logger, lines };
}

test('a line has its constant message, its event, its fields and who speaks', () => {
  const { logger, lines } = recorded('info');
  logger.event('broker_fenced', { broker: 2, brokerEpoch: 7, cause: 'silent', silentMs: 1_500 });
  expect(lines).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      role: 'broker',
      id: 1,
      event: 'broker_fenced',
      broker: 2,
      brokerEpoch: 7,
      cause: 'silent',
      silentMs: 1_500,
      message: 'broker fenced',
    },
  ]);
});

test('errors are logged with their message, code and stack', () => {
  const { logger, lines } = recorded('info');
  const error = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  logger.event('process_failed', { error });
  expect(lines[0]?.['error']).toMatchObject({
    type: 'Error',
    message: 'no space left',
    code: 'ENOSPC',
    stack: expect.stringContaining('logger.test.ts'),
  });
});

test('what is below the level is not written', () => {
  const fields = { rpc: 'Produce', code: 'DISK_FULL', reason: 'full' };
  for (const [level, count] of [
    ['debug', 1],
    ['info', 0],
    ['silent', 0],
  ] as const) {
    const { logger, lines } = recorded(level);
    logger.event('request_refused', fields);
    expect(lines).toHaveLength(count);
  }
});

test('telemetry passes events on, and has metrics of its own', () => {
  const logger = new RecordingLogger();
  const telemetry = createTelemetry(logger);
  telemetry.event('topic_deleted', { topic: 'a', topicId: 'x' });
  expect(logger.events).toEqual([{ name: 'topic_deleted', fields: { topic: 'a', topicId: 'x' } }]);
  expect(createTelemetry().metrics).not.toBe(telemetry.metrics);
});

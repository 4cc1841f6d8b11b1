/**
 * A vitest reporter that leaves what happened in the file named by `ODRADEK_TEST_SUMMARY`, for
 * `test/run.mjs` to say in one line. A file that could not be loaded has no tests to fail: it counts
 * as one failure, and so does an error that no test caught.
 */
import { writeFileSync } from 'node:fs';

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed += 1;
        else if (result.state === 'failed') failedTests += 1;
        else summary.skipped.push({ name: test.fullName, reason: result.note ?? null });
      }
      const failedWithoutTests = failedTests === 0 && module.state() === 'failed';
      summary.failed += failedTests + (failedWithoutTests ? 1 : 0);
    }
    writeFileSync(process.env.ODRADEK_TEST_SUMMARY, JSON.stringify(summary));
  }
}

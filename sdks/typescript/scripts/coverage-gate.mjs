// Test reporter that fails the run when the coverage of src/ is below 80 %.
import process from 'node:process';

const LIMIT = 80;
const COUNTS = {
  lines: ['coveredLineCount', 'totalLineCount'],
  branches: ['coveredBranchCount', 'totalBranchCount'],
  functions: ['coveredFunctionCount', 'totalFunctionCount'],
};

export default async function* coverageGate(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:coverage') {
      continue;
    }
    const files = data.summary.files.filter(({ path }) => path.includes('/.build/src/'));
    for (const [name, [covered, total]] of Object.entries(COUNTS)) {
      const sum = (field) => files.reduce((result, file) => result + file[field], 0);
      const percent = (100 * sum(covered)) / sum(total);
      yield `coverage of src, ${name}: ${percent.toFixed(1)} %\n`;
      // Not a number when no file was measured.
      if (!(percent >= LIMIT)) {
        yield `coverage of ${name} must be ${LIMIT} % or more\n`;
        process.exitCode = 1;
      }
    }
  }
}

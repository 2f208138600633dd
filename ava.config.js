import { readdirSync } from 'node:fs';

/** Test files by their sources, so that what a deleted test left in dist/ is not run. */
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `dist/test/${path.replaceAll('\\', '/').replace(/\.ts$/, '.js')}`);

export default {
  files,
  // a worker thread that ends with a ZeroMQ socket open aborts the whole process
  workerThreads: false,
  timeout: '120s',
};

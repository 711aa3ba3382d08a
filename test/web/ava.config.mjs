/** The page in a real Chromium: one test file after the other, since frames are counted. */
export default {
	extensions: {ts: 'module'},
	nodeArguments: ['--import=tsx/esm'],
	require: ['./test/end-with-tests.mjs'],
	files: ['test/web/**/*.test.ts'],
	workerThreads: false,
	concurrency: 1,
	serial: true,
	timeout: '5m',
};

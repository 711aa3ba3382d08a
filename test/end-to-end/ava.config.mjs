// Tests that start a real Triton: one file at a time, for each needs the cores for itself.
export default {
	files: ['test/end-to-end/**/*.test.ts'],
	extensions: {ts: 'module'},
	nodeArguments: ['--import=tsx/esm'],
	require: ['./test/end-with-tests.mjs'],
	workerThreads: false,
	concurrency: 1,
	serial: true,
	timeout: '15m',
};

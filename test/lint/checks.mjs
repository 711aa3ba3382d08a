const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';

/**
 * What `npm run lint` runs, and `npm test` too.
 * @param {string} python the project's interpreter
 * @returns {{name: string, command: string, args: string[]}[]}
 */
export const checks = python => [
	{name: 'format and lint', command: npx, args: ['biome', 'check', '.']},
	{name: 'types', command: npx, args: ['tsc', '--noEmit']},
	{name: 'types of the page', command: npx, args: ['tsc', '--noEmit', '--project', 'web']},
	{name: 'regular expressions', command: npx, args: ['tsx', 'test/lint/regexes.ts']},
	{name: 'python lint', command: python, args: ['-m', 'ruff', 'check', '.']},
	{name: 'python format', command: python, args: ['-m', 'ruff', 'format', '--check', '.']},
	{name: 'python types', command: python, args: ['-m', 'mypy']},
];

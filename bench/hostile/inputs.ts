import {randomBytes} from 'node:crypto';
import type {ApplyEditRequest} from '../../src/grpc/client.ts';

export interface HostileInput {
	readonly name: string;
	readonly request: ApplyEditRequest;
}

const instruction = 'Change nothing.';
const small = 'let a = 1;\nlet b = 2;\n';
const megabytes = 3.9e6;

/** A text of one line of code after another, none like the one before. */
function ordinaryCode(numBytes: number): string {
	const lines: string[] = [];
	for (let length = 0, index = 0; length < numBytes; index++) {
		const line = `\tconst value${index} = compute(${index % 97}, 'name-${index}'); // step ${index}\n`;
		lines.push(line);
		length += line.length;
	}

	return lines.join('').slice(0, numBytes);
}

/** Fits the model's context, but gives a drafter much to compare. */
function repeated(line: string, count: number): string {
	return `${line}\n`.repeat(count);
}

/** Inputs after public bug reports: each stands for a kind. */
export const hostileInputs: readonly HostileInput[] = [
	...[4000, 100_000].map(count => ({
		name: `update: ${count} blanks in a comment`,
		request: {original: small, instruction, update: `// a${' '.repeat(count)}b\n`},
	})),
	{name: 'original: 3.9 MB of code', request: {original: ordinaryCode(megabytes), instruction}},
	{
		name: 'original: 7 lines of base64',
		request: {
			original: Array.from({length: 7}, () => randomBytes(415_000).toString('base64')).join('\n'),
			instruction,
		},
	},
	{name: 'update: 3.9 MB of code', request: {original: small, instruction, update: ordinaryCode(megabytes)}},
	{name: 'instruction: 3.9 MB', request: {original: small, instruction: 'x '.repeat(megabytes / 2)}},
	{name: 'original: 600 KB of blanks', request: {original: ' '.repeat(600_000), instruction}},
	{name: 'original: one line of 300 KB', request: {original: 'ab 12;'.repeat(50_000), instruction}},
	...['', 'x'].map(line => ({
		name: `both: 15,000 ${line === '' ? 'blank' : 'equal short'} lines`,
		request: {
			original: repeated(line, 15_000),
			instruction,
			update: repeated(line, 15_000),
		},
	})),
	...['', '}'].map(line => ({
		name: `both: 1,500 ${line === '' ? 'blank' : 'equal short'} lines`,
		request: {original: repeated(line, 1500), instruction, update: repeated(line, 1500)},
	})),
	{
		name: 'update: 1,000 markers',
		request: {
			original: ordinaryCode(4000),
			instruction,
			update: repeated('// ... existing code ...\n}', 1000),
		},
	},
	{
		name: 'instruction: 1,500 renames',
		request: {
			original: ordinaryCode(4000),
			instruction: Array.from({length: 1500}, (_, index) => `Rename value${index} to v${index}.`).join(' '),
		},
	},
	{name: 'original: a megabyte of backticks', request: {original: '`'.repeat(1_000_000), instruction}},
	{name: 'original: 250 backticks, often', request: {original: repeated('`'.repeat(250), 60), instruction}},
	{
		name: 'original: brackets, 1,500 deep',
		request: {original: `${'('.repeat(1500)}${')'.repeat(1500)}`, instruction},
	},
	{name: 'original: 3.9 MB of carriage returns', request: {original: '\r'.repeat(megabytes), instruction}},
	{name: 'original: NUL bytes', request: {original: '\0'.repeat(2000), instruction}},
	{name: 'original: combining characters', request: {original: `e${'\u0301'.repeat(1500)}`, instruction}},
	{name: 'path: 3.9 MB', request: {original: small, instruction, path: 'a/'.repeat(megabytes / 2)}},
	{name: 'language: 3.9 MB', request: {original: small, instruction, language: 'a'.repeat(megabytes)}},
	{
		name: 'plain decoding: 1,500 equal short lines',
		request: {original: repeated('}', 1500), instruction, options: {speculation: false}},
	},
];

import {readFileSync} from 'node:fs';
import type {RedraftClient} from '../../src/grpc/client.ts';
import type {Tokenizer} from '../../src/tokenizer/tokenizer.ts';
import {timeEdit} from '../load/edits-at-a-time.ts';
import {quantile} from '../quantile.ts';

/** Medians of the time to the first delta of two edits of the same file, the second with another instruction. */
export interface PrefixReuse {
	readonly fileTokens: number;
	readonly firstEditMs: number;
	readonly secondEditMs: number;
}

const instructions = ['Change `DEFAULT_RETRIES` to 5.', 'Delete the first comment.'] as const;
/** The first delta is what is timed. */
const maxOutputTokens = 16;

/** Edits as many files twice as there are rounds. */
export async function prefixReuse(
	client: RedraftClient,
	tokenizer: Pick<Tokenizer, 'encode'>,
	{fileTokens, numRounds}: {fileTokens: number; numRounds: number},
): Promise<PrefixReuse> {
	const firstMs: number[] = [];
	const secondMs: number[] = [];
	for (let round = 0; round < numRounds; round++) {
		const original = fileOf(fileTokens, round, tokenizer);
		const edit = (instruction: string) =>
			timeEdit(client, {original, instruction, language: 'typescript', options: {maxOutputTokens}});
		firstMs.push((await edit(instructions[0])).firstDeltaMs);
		secondMs.push((await edit(instructions[1])).firstDeltaMs);
	}

	const median = (times: readonly number[]) => quantile(times, 0.5);
	return {fileTokens, firstEditMs: median(firstMs), secondEditMs: median(secondMs)};
}

/** Whole lines of an example file, over and over, of so many tokens at least; no two rounds begin alike. */
function fileOf(numTokens: number, round: number, tokenizer: Pick<Tokenizer, 'encode'>): string {
	const lines = readFileSync(new URL('../../examples/files/job-queue.ts', import.meta.url), 'utf8').split(
		'\n',
	);
	let file = `// ${round} of these files\n`;
	let count = tokenizer.encode(file).length;
	for (let i = 0; count < numTokens; i++) {
		const line = `${lines[i % lines.length]}\n`;
		file += line;
		count += tokenizer.encode(line).length;
	}

	return file;
}

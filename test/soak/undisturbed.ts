import type {RedraftClient} from '../../src/grpc/client.ts';
import {answerOf} from '../helpers/open-edit.ts';
import type {SoakEdit} from './callers.ts';

/** Lines of the file, limit of the answer, whether drafts are sent. */
const shapes = [
	[2, 60, false],
	[10, 120, true],
	[20, 200, false],
	[40, 150, true],
	[4, 300, false],
] as const;

/** Edits of several lengths, drafted and plain, and what they end with while nothing is at fault. */
export async function undisturbedEdits(client: RedraftClient): Promise<SoakEdit[]> {
	const edits: SoakEdit[] = [];
	for (const [lines, maxOutputTokens, speculation] of shapes) {
		const original = 'let a = 1;\nlet b = 2;\n'.repeat(lines / 2);
		const options = {speculation, maxOutputTokens, includeTokenIds: true};
		const request = {original, instruction: `Add them ${lines} times.`, language: 'javascript', options};
		edits.push({request, expected: await answerOf(client, request)});
	}

	return edits;
}

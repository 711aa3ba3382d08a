import {isMarker} from '../draft/prediction/markers.ts';
import type {ChatMessage, CompletionRequest} from './completion-request.ts';

/** What a completion is drafted from; never part of its prompt. */
export interface DraftSources {
	readonly original: string;
	/** Snippet with `... existing code ...` markers. */
	readonly update: string | undefined;
	/** Renames that it spells out are applied from the start. */
	readonly instruction: string;
}

/**
 * The prediction, where there is one; else the code blocks of the messages. A block with markers is an update of
 * those without. Framing that the answer leaves out, or adds, costs a pass: the drafter finds its place again.
 */
export function draftSources({messages, prediction}: CompletionRequest): DraftSources {
	const instruction = messages.findLast(({role}) => role === 'user')?.content ?? '';
	const blocks = messages.flatMap(codeBlocks);
	const updates = blocks.filter(hasMarker);
	const originals = prediction === undefined ? blocks.filter(block => !hasMarker(block)) : [prediction];
	const update = originals.length === 0 ? undefined : updates.at(-1);
	return {
		original: (originals.length === 0 ? updates : originals).join('\n'),
		update: update !== prediction ? update : undefined,
		instruction,
	};
}

function hasMarker(block: string): boolean {
	return block.split('\n').some(isMarker);
}

/** Contents of the fenced code blocks; one that is never closed ends with the message. */
function codeBlocks({content}: ChatMessage): string[] {
	const blocks: string[] = [];
	let fence: string | undefined;
	let lines: string[] = [];
	for (const line of content.split('\n')) {
		const run = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
		if (fence === undefined) {
			fence = run;
		} else if (run?.startsWith(fence)) {
			blocks.push(lines.join('\n'));
			[fence, lines] = [undefined, []];
		} else {
			lines.push(line);
		}
	}

	return fence === undefined ? blocks : [...blocks, lines.join('\n')];
}

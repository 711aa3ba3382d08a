import type {
	ApplyEditRequest,
	EditDelta,
	EditResult,
	EditSummary,
	LineOperation,
	RedraftClient,
} from '../grpc/client.ts';
import {expectReplaceable, replaceFile} from './replace-file.ts';
import {readSourceFile, type SourceFile} from './source-file.ts';

/** What is asked for each file of one run. */
export interface EditOptions {
	/** The request without the file itself. */
	readonly request: Omit<ApplyEditRequest, 'original' | 'path'>;
	/** Put the result in the file's place. */
	readonly write: boolean;
	readonly signal: AbortSignal;
}

/** Told of one file's progress: of the file when it is read, then of each delta, then that it is edited. */
export interface FileProgress {
	start(source: SourceFile): void;
	advance(delta: EditDelta): void;
	end?(): void;
}

/** A file and the whole text that the edit makes of it. */
export interface EditedFile {
	readonly source: SourceFile;
	readonly text: string;
	/** What turns the file into the text, where it was asked for. */
	readonly operations: readonly LineOperation[];
	readonly summary: EditSummary;
}

/**
 * Edits one file and, where asked to, writes it back.
 * @throws {Error} it can't be read or written, the service refused the edit, or the answer is incomplete; the file
 * is as it was
 */
export async function editFile(
	client: RedraftClient,
	path: string,
	options: EditOptions,
	progress: FileProgress,
): Promise<EditedFile> {
	const {signal, write} = options;
	const source = await readSourceFile(path);
	if (write) {
		expectReplaceable(source);
	}

	progress.start(source);
	const request = {...options.request, original: source.text, path};
	const result = await client.edit(request, {signal, onDelta: delta => progress.advance(delta)});
	expectComplete(result);
	progress.end?.();
	if (write && result.text !== source.text) {
		signal.throwIfAborted();
		replaceFile(source, result.text);
	}

	return {source, text: result.text, operations: result.operations, summary: result.summary};
}

/** Only the closed fence tells that the file is whole. */
function expectComplete({summary: {finishReason, outputTokens}}: EditResult): void {
	switch (finishReason) {
		case 'FINISH_REASON_FENCE_CLOSED':
			return;
		case 'FINISH_REASON_LENGTH':
			throw new Error(
				`the answer was cut short at ${outputTokens} tokens; nothing was written: raise --max-output-tokens, or ask for less at a time`,
			);
		default:
			throw new Error(
				`the model ended its answer after ${outputTokens} tokens without closing the file, so that a part may be missing; ` +
					'nothing was written: say in other words what to do, or give the change as an --update snippet',
			);
	}
}

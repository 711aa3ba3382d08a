import type {SourceSpan} from '../edit/answer-reader.ts';
import type {EditEvent} from '../edit/edit.ts';
import type {FinishReason} from '../edit/edit-stats.ts';
import type {EditRequest} from './apply-edit-request.ts';

const finishReasons: Record<FinishReason, string> = {
	stop: 'FINISH_REASON_STOP',
	fence_closed: 'FINISH_REASON_FENCE_CLOSED',
	length: 'FINISH_REASON_LENGTH',
	cancelled: 'FINISH_REASON_CANCELLED',
};

/** An event as an ApplyEditResponse; undefined where there is nothing that the caller asked for. */
export function toResponse(
	event: EditEvent,
	request: EditRequest,
	edit: {id: string; model: string},
): object | undefined {
	switch (event.kind) {
		case 'started':
			return {started: {editId: edit.id, model: edit.model, promptTokens: event.promptTokens}};
		case 'summary':
			return {summary: {finishReason: finishReasons[event.finishReason], ...event.figures}};
		case 'delta':
			return isWanted(event, request)
				? {
						delta: {
							text: event.text,
							...(request.includeTokenIds && {tokenIds: event.tokens}),
							...(request.includeProvenance && {
								spans: toBytes(event.text, event.spans),
								sources: event.sources,
							}),
						},
					}
				: undefined;
	}
}

function isWanted(delta: EditEvent & {kind: 'delta'}, request: EditRequest): boolean {
	const isForTokens = request.includeTokenIds || request.includeProvenance;
	return delta.text !== '' || (isForTokens && delta.tokens.length > 0);
}

/** JavaScript counts UTF-16 units; callers in other languages count the bytes on the wire. */
function toBytes(text: string, spans: readonly SourceSpan[]): object[] {
	let startByte = 0;
	return spans.map(({start, end, source}) => {
		const endByte = startByte + Buffer.byteLength(text.slice(start, end));
		const span = {startByte, endByte, source: `TOKEN_SOURCE_${source.toUpperCase()}`};
		startByte = endByte;
		return span;
	});
}
